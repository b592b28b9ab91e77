/**
 * Messages to the other thread: those of one turn go in one, in their order, since what a message costs is hardly its
 * size. Owns what waits for the end of the turn.
 */
export class Outbox<T> {
  readonly #post: (messages: readonly T[]) => void;
  #waiting: T[] = [];

  constructor(post: (messages: readonly T[]) => void) {
    this.#post = post;
  }

  add(message: T): void {
    if (this.#waiting.length === 0) setImmediate(() => this.flush());
    this.#waiting.push(message);
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
