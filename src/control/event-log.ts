/**
 * The sequence of events and the view folded from it: the one writer of both. Numbers events, keeps the latest ones,
 * and hands them to subscribers without ever waiting for one.
 */
import type { MsvcEvent, NewEvent } from '../model/event.ts';
import { EMPTY_VIEW, Fold, type View } from '../model/view.ts';
import { type Masker, maskedEvent } from './masked-event.ts';

const KEPT = 20_000;

/** Told every later event, synchronously; must not throw. @param json the event's, one line */
export type Subscriber = (event: MsvcEvent, json: string) => void;

export class EventLog {
  #seq = 0;
  readonly #fold = new Fold(EMPTY_VIEW);
  /** Of the events up to now; null when one has come since it was last asked for. */
  #view: View | null = EMPTY_VIEW;
  readonly #events: MsvcEvent[] = [];
  readonly #subscribers = new Set<Subscriber>();
  #masker: Masker | null = null;
  #record: (line: string) => void = () => {};

  get view(): View {
    this.#view ??= this.#fold.snapshot();
    return this.#view;
  }

  get seq(): number {
    return this.#seq;
  }

  /** @param record gets each event as masked JSON; must neither throw nor wait */
  recordWith(record: (line: string) => void): void {
    this.#record = record;
  }

  maskWith(masker: Masker): void {
    this.#masker = masker;
  }

  /**
   * The facts are kept as they are given: whoever emits does not change them afterwards.
   * @returns its number, to be named as the cause of what follows
   */
  emit(event: NewEvent): number {
    const numbered = { seq: ++this.#seq, at: Date.now(), ...event } as MsvcEvent;
    const text = JSON.stringify(numbered);
    const masked = this.#masker?.finds(text) ? maskedEvent(numbered, this.#masker) : numbered;
    const line = masked === numbered ? text : JSON.stringify(masked);
    this.#fold.add(masked);
    this.#view = null;
    this.#record(line);
    this.#events.push(masked);
    if (this.#events.length > KEPT * 1.25) this.#events.splice(0, this.#events.length - KEPT);
    for (const subscriber of this.#subscribers) subscriber(masked, line);
    return this.#seq;
  }

  /** What is kept of the events after `after`; a gap notice first when older ones were asked for. */
  since(after: number): MsvcEvent[] {
    const first = this.#events[0]?.seq ?? this.#seq + 1;
    const kept = this.#events.filter((event) => event.seq > after);
    if (after + 1 >= first) return kept;
    const gap: MsvcEvent = { seq: first - 1, at: Date.now(), type: 'stream.gap', missed: first - 1 - after };
    return [gap, ...kept];
  }

  subscribe(subscriber: Subscriber): () => void {
    this.#subscribers.add(subscriber);
    return () => this.#subscribers.delete(subscriber);
  }
}
