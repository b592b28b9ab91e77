/**
 * Bounds repetitions to a share of the requests, so that a failing service is not buried under them: each request earns
 * a share of a retry (a fifth by default), and some a second are free (ten). Owns its two purses.
 */
import { DEFAULT_POLICY, type RetryPolicy } from '../../model/policy.ts';

/** A purse filled by requests holds what ten seconds of brisk traffic earn at most. */
const MOST_EARNED = 100;

export type BudgetPolicy = Pick<RetryPolicy, 'budgetPercent' | 'budgetPerSecond'>;

export class RetryBudget {
  #perRequest = 0;
  #perSecond = 0;
  #earned = 0;
  #free: number;
  #refilledAt = 0;

  constructor(policy: BudgetPolicy = DEFAULT_POLICY.retries) {
    this.setPolicy(policy);
    this.#free = policy.budgetPerSecond;
  }

  setPolicy({ budgetPercent, budgetPerSecond }: BudgetPolicy): void {
    this.#perRequest = budgetPercent / 100;
    this.#perSecond = budgetPerSecond;
  }

  requested(): void {
    if (this.#earned < MOST_EARNED) this.#earned += this.#perRequest;
  }

  /** Whether one repetition could be paid. */
  has(now: number): boolean {
    const elapsed = now - this.#refilledAt;
    this.#refilledAt = now;
    this.#free = Math.min(this.#perSecond, this.#free + (elapsed * this.#perSecond) / 1000);
    return this.#free >= 1 || this.#earned >= 1;
  }

  /** @returns whether one repetition may be made; it is then spent */
  take(now: number): boolean {
    if (!this.has(now)) return false;
    if (this.#free >= 1) this.#free--;
    else this.#earned--;
    return true;
  }
}

/** Pause before the nth repetition towards the same instance: doubling up to the longest, shortened at random by up to half. */
export function retryPauseMs(
  repetition: number,
  { pauseMs, longestPauseMs }: Pick<RetryPolicy, 'pauseMs' | 'longestPauseMs'> = DEFAULT_POLICY.retries,
): number {
  return Math.min(longestPauseMs, pauseMs * 2 ** (repetition - 1)) * (0.5 + Math.random() / 2);
}
