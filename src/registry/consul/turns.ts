/**
 * Work for many that is done little by little, so that nothing else of the process waits for all of it: what is over a
 * turn's share is left to the next turns of the event loop, in the order it came. Owns the line of what is left.
 */

/** A change of the registry must get out meanwhile. */
const SHARE_MS = 2;
/** Of what an item costs, a part comes after it (what Node does behind a write), which a clock here does not see. */
const SHARE_ITEMS = 32;

export class Turns<T> {
  readonly #work: (item: T) => void;
  #line: T[] = [];
  /** Place in the line of who is next. */
  #next = 0;
  #isPlanned = false;
  #began = 0;
  #done = 0;

  /** @param work must not throw */
  constructor(work: (item: T) => void) {
    this.#work = work;
  }

  /** Worked off at once while this turn's share lasts and nobody is before it. */
  add(item: T): void {
    this.#plan();
    this.#line.push(item);
    this.#proceed();
  }

  #plan(): void {
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    this.#began = performance.now();
    this.#done = 0;
    setImmediate(() => {
      this.#isPlanned = false;
      if (this.#line.length === 0) return;
      this.#plan();
      this.#proceed();
    });
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
