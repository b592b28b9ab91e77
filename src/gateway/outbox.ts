/**
 * Messages to the other thread. The first of a turn goes as soon as whoever sends it is done, with what he sends with it:
 * what else stands in line for this turn, a thousand answers it may be, does not come before it. Those of the rest of the
 * turn go in one at its end, since what a message costs is hardly its size. All go in their order. Owns what waits.
 */
export class Outbox<T> {
  readonly #post: (messages: readonly T[]) => void;
  #waiting: T[] = [];
  /** Of this turn something has gone, or is about to. */
  #isTurnOpen = false;

  constructor(post: (messages: readonly T[]) => void) {
    this.#post = post;
  }

  add(message: T): void {
    this.#waiting.push(message);
    if (this.#isTurnOpen) return;
    this.#isTurnOpen = true;
    // Behind the promises that are settled already: their work belongs to this.
    queueMicrotask(() => process.nextTick(() => this.flush()));
    setImmediate(() => {
      this.#isTurnOpen = false;
      this.flush();
    });
  }

  /** What waits goes now. */
  flush(): void {
    const messages = this.#waiting;
    if (messages.length === 0) return;
    this.#waiting = [];
    this.#post(messages);
  }

  /** What waits is not sent: the thread it was for is no more. */
  drop(): void {
    this.#waiting = [];
  }
}
