/**
 * Work for many that is done little by little, so that nothing else of the process waits for all of it: what is over a
 * share is left for the next ones, in the order it came. Owns the line of what is left.
 */

/** A change of the registry must get out meanwhile. */
const SHARE_MS = 2;
/** Of what an item costs, a part comes after it (what Node does behind a write), which a clock here does not see. */
const SHARE_ITEMS = 32;
/**
 * From the beginning of a share to the next one's. Without a rest, a thousand readers that are answered by one share
 * after the other come back meanwhile by the hundred, and all of those are read in one turn of the event loop.
 */
const EVERY_MS = 3;

export class Turns<T> {
  readonly #work: (item: T) => void;
  #line: T[] = [];
  /** Place in the line of who is next. */
  #next = 0;
  #isShareOpen = false;
  #began = 0;
  #done = 0;

  /** @param work must not throw */
  constructor(work: (item: T) => void) {
    this.#work = work;
  }

  /** Worked off at once while the share lasts and nobody is before it. */
  add(item: T): void {
    this.#line.push(item);
    this.#openShare();
    this.#proceed();
  }

  #openShare(): void {
    if (this.#isShareOpen) return;
    this.#isShareOpen = true;
    this.#began = performance.now();
    this.#done = 0;
    // Late timers are run in a row: by itself the next one may be due in the same turn.
    setTimeout(() => setImmediate(() => this.#endShare()), EVERY_MS);
  }

  #endShare(): void {
    this.#isShareOpen = false;
    if (this.#line.length === 0) return;
    this.#openShare();
    this.#proceed();
  }

  #proceed(): void {
    while (this.#next < this.#line.length && this.#done < SHARE_ITEMS) {
      if (this.#done > 0 && performance.now() - this.#began > SHARE_MS) return;
      this.#done++;
      this.#work(this.#line[this.#next++]!);
    }
    if (this.#next < this.#line.length) return;
    this.#line = [];
    this.#next = 0;
  }
}
