/**
 * Blocking queries (https://developer.hashicorp.com/consul/api-docs/features/blocking): a reader names the index it
 * knows, and is answered when there is a newer one. One watcher of the registry serves them all, and only readers of
 * the service that changed are woken, a moment later and a few at a time. Owns the readers until they are answered.
 */
import { FaceError, type FaceRequest, type Query } from '../http/face.ts';
import type { Registry } from '../registry.ts';
import { goDurationMs } from './duration.ts';
import { Turns } from './turns.ts';

const DEFAULT_WAIT_MS = 5 * 60_000;
const MAX_WAIT_MS = 10 * 60_000;
/** Up to this part of the time is added at random, as Consul does: readers that began together do not all come back at once. */
const JITTER = 1 / 16;
/** In steps, since Node keeps a list of timers for each length of time. */
const JITTER_STEPS = 64;
/** All services: what a reader of the catalog waits for. */
const ALL = '';
/**
 * Pause before readers are answered: changes that come together are told together, and the gateway has acted on them
 * before a thousand answers want the machine.
 */
const GATHER_MS = 10;

/** What a reader waits for: the index of a service, or of all. */
export interface Watched {
  /** '' = all */
  readonly service: string;
  readonly indexOf: () => number;
}

interface Reader extends Watched {
  readonly known: number;
  readonly answer: () => void;
  timer: NodeJS.Timeout | null;
  /** Answered, or gone. */
  isOver: boolean;
}

export class Blocking {
  readonly #waiting = new Map<string, Set<Reader>>();
  readonly #due = new Turns<Reader>((reader) => this.#answer(reader));
  readonly #stop: () => void;
  #changed = new Set<string>();
  #readers = 0;

  constructor(registry: Registry) {
    this.#stop = registry.watch((change) => {
      if (change.type === 'availability' || this.#waiting.size === 0) return;
      if (this.#changed.size === 0) setTimeout(() => this.#wake(), GATHER_MS).unref();
      this.#changed.add(change.type === 'row' ? change.row.service : change.service).add(ALL);
    }).stop;
  }

  /** Of those, the ones that are not answered yet. */
  get readers(): number {
    return this.#readers;
  }

  /**
   * Calls `answer`, unless the reader goes before that, when the index is another than the query's or its `wait` is over.
   * That is at once, or behind those whose turn it is, for a query without an index and for one that this registry never
   * gave (it began anew).
   * @param answer must not throw
   * @throws FaceError 400 for an index or a time that is none, as Consul answers them
   */
  ask({ service, indexOf }: Watched, request: FaceRequest, answer: () => void): void {
    const { known, waitMs } = questionOf(request.query);
    const reader: Reader = { service, indexOf, known, answer, timer: null, isOver: false };
    this.#readers++;
    request.onGone(() => this.#over(reader));
    if (reader.isOver) return;
    if (known <= 0 || indexOf() !== known) this.#due.add(reader);
    else this.#wait(reader, waitMs);
  }

  close(): void {
    this.#stop();
  }

  #wait(reader: Reader, waitMs: number): void {
    let set = this.#waiting.get(reader.service);
    if (!set) {
      set = new Set();
      this.#waiting.set(reader.service, set);
    }
    set.add(reader);
    reader.timer = setTimeout(() => this.#ripe(reader), waitMs).unref();
  }

  #wake(): void {
    const changed = this.#changed;
    this.#changed = new Set();
    for (const service of changed) {
      for (const reader of this.#waiting.get(service) ?? []) if (reader.indexOf() !== reader.known) this.#ripe(reader);
    }
  }

  #ripe(reader: Reader): void {
    this.#unwait(reader);
    this.#due.add(reader);
  }

  #over(reader: Reader): void {
    if (reader.isOver) return;
    reader.isOver = true;
    this.#readers--;
    this.#unwait(reader);
  }

  #unwait(reader: Reader): void {
    if (!reader.timer) return;
    clearTimeout(reader.timer);
    reader.timer = null;
    const set = this.#waiting.get(reader.service)!;
    set.delete(reader);
    if (set.size === 0) this.#waiting.delete(reader.service);
  }

  #answer(reader: Reader): void {
    if (reader.isOver) return;
    this.#over(reader);
    reader.answer();
  }
}

function questionOf(query: Query): { readonly known: number; readonly waitMs: number } {
  const index = query.get('index') ?? '0';
  if (!/^\d{1,15}$/.test(index)) throw new FaceError(400, 'Invalid index');
  const wait = query.get('wait') ?? '';
  const asked = wait === '' ? 0 : goDurationMs(wait);
  if (asked === undefined) throw new FaceError(400, 'Invalid wait time');
  const waitMs = Math.min(asked === 0 ? DEFAULT_WAIT_MS : asked, MAX_WAIT_MS);
  const step = Math.floor(Math.random() * (JITTER_STEPS + 1));
  return { known: Number(index), waitMs: waitMs * (1 + (step / JITTER_STEPS) * JITTER) };
}
