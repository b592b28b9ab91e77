/** What happens in a running system, as `msvc events --json --follow` tells it: a test waits for facts, never for words. */
import type { EventOf, EventType, MsvcEvent } from '../../src/model/event.ts';
import type { Live } from './cli.ts';
import { Arrivals } from './wait.ts';

/** Facts that must be equal; names without their brands. */
export type Facts<T extends EventType> = {
  readonly [K in keyof EventOf<T>]?: EventOf<T>[K] extends string ? string : EventOf<T>[K];
};

/** Facts that must be equal, or a question. */
export type Match<T extends EventType> = Facts<T> | ((event: EventOf<T>) => boolean);

export class FollowedEvents {
  readonly #arrivals = new Arrivals<MsvcEvent>();

  constructor(readonly command: Live) {
    command.lines
      .until(
        'the end of the events',
        (line) => {
          if (line.stream === 'stdout' && line.text.startsWith('{')) this.#arrivals.push(JSON.parse(line.text));
          return false;
        },
        0,
        2 ** 31 - 1,
      )
      .catch(() => {});
    void command.exited.then((end) => {
      this.#arrivals.end(`\`msvc events\` ended with ${end.signal ?? end.code}: ${end.stderr}\n${this.summary}`);
    });
  }

  /** Everything seen, oldest first. */
  get all(): readonly MsvcEvent[] {
    return this.#arrivals.all;
  }

  /** For a failed test's reader: one short line an event. */
  get summary(): string {
    return this.all
      .map(({ seq, type, at: _at, ...facts }) => `${seq} ${type} ${JSON.stringify(facts)}`.slice(0, 200))
      .join('\n');
  }

  /**
   * The first event of that type, past or to come, that fits.
   * @param after only events with a greater `seq`
   * @throws Error with what did happen, when the stream ends or a test's patience is over
   */
  async until<T extends EventType>(type: T, match: Match<T> = {}, after = 0): Promise<EventOf<T>> {
    const fits = typeof match === 'function' ? match : (event: EventOf<T>) => includes(event, match);
    const wanted = `${type} ${typeof match === 'function' ? match : JSON.stringify(match)}`;
    const event = await this.#arrivals
      .until(wanted, (one) => one.seq > after && one.type === type && fits(one as EventOf<T>))
      .catch((error: Error) => {
        throw new Error(`${error.message}\nwhat happened:\n${this.summary}`, { cause: error });
      });
    return event as EventOf<T>;
  }

  /** Those of one type so far. */
  of<T extends EventType>(type: T, match: Facts<T> = {}): EventOf<T>[] {
    return this.all.filter((one): one is EventOf<T> => one.type === type && includes(one as EventOf<T>, match));
  }

  /** The chain of causes of an event, nearest first: what `msvc why` draws on. */
  causes(event: MsvcEvent): MsvcEvent[] {
    const cause = this.all.find((one) => one.seq === event.cause);
    return cause ? [cause, ...this.causes(cause)] : [];
  }
}

function includes(whole: object, part: object): boolean {
  return Object.entries(part).every(
    ([key, value]) => JSON.stringify((whole as Record<string, unknown>)[key]) === JSON.stringify(value),
  );
}
