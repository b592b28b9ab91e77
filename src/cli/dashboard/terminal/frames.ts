/**
 * When to draw: a key is answered at once, what happens by itself at most eight times a second, everything together at
 * most twenty. Owns the budget and the timer; draws nothing.
 */
const BUDGET = 3;
const REFILL_MS = 50;
const BACKGROUND_MS = 125;

export class Frames {
  readonly #draw: (isUrgent: boolean) => void;
  readonly #now: () => number;
  #budget = BUDGET;
  #refilledAt = 0;
  #drawnAt = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | null = null;
  #dueAt = Number.POSITIVE_INFINITY;
  #isOver = false;
  #isUrgent = false;

  /** @param draw is told whether somebody waits for this one */
  constructor(draw: (isUrgent: boolean) => void, now: () => number = () => performance.now()) {
    this.#draw = draw;
    this.#now = now;
  }

  /** @param isUrgent somebody pressed a key and waits */
  want(isUrgent: boolean): void {
    if (this.#isOver) return;
    this.#isUrgent ||= isUrgent;
    const now = this.#now();
    const refill = Math.floor((now - this.#refilledAt) / REFILL_MS);
    if (refill > 0) {
      this.#budget = Math.min(BUDGET, this.#budget + refill);
      this.#refilledAt = this.#budget === BUDGET ? now : this.#refilledAt + refill * REFILL_MS;
    }
    const free = this.#budget > 0 ? now : this.#refilledAt + REFILL_MS;
    this.#schedule(isUrgent ? free : Math.max(free, this.#drawnAt + BACKGROUND_MS), now);
  }

  /** For good: nothing may be drawn on a terminal that was given back. */
  stop(): void {
    this.#isOver = true;
    this.#cancel();
  }

  #cancel(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    this.#dueAt = Number.POSITIVE_INFINITY;
  }

  #schedule(at: number, now: number): void {
    if (at >= this.#dueAt) return;
    this.#cancel();
    this.#dueAt = at;
    // Keys of one chunk are one frame.
    this.#timer = setTimeout(
      () => {
        this.#timer = null;
        this.#dueAt = Number.POSITIVE_INFINITY;
        this.#drawnAt = this.#now();
        this.#budget--;
        const wasUrgent = this.#isUrgent;
        this.#isUrgent = false;
        this.#draw(wasUrgent);
      },
      Math.max(0, at - now),
    );
  }
}
