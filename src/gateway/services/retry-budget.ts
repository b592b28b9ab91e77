/**
 * Bounds repetitions to a share of the requests, so that a failing service is not buried under them: each request earns
 * a fifth of a retry, and ten a second are free. Owns its two purses.
 */
const PER_REQUEST = 0.2;
const PER_SECOND = 10;
/** A purse filled by requests holds what ten seconds of brisk traffic earn at most. */
const MOST_EARNED = 100;

export class RetryBudget {
  #earned = 0;
  #free = PER_SECOND;
  #refilledAt = 0;

  requested(): void {
    if (this.#earned < MOST_EARNED) this.#earned += PER_REQUEST;
  }

  /** @returns whether one repetition may be made; it is then spent */
  take(now: number): boolean {
    const elapsed = now - this.#refilledAt;
    this.#refilledAt = now;
    this.#free = Math.min(PER_SECOND, this.#free + (elapsed * PER_SECOND) / 1000);
    if (this.#free >= 1) {
      this.#free--;
      return true;
    }
    if (this.#earned < 1) return false;
    this.#earned--;
    return true;
  }
}

/** Pause before the nth repetition towards the same instance: 25 ms doubling to 250 ms, shortened at random by up to half. */
export function retryPauseMs(repetition: number): number {
  return Math.min(250, 25 * 2 ** (repetition - 1)) * (0.5 + Math.random() / 2);
}
