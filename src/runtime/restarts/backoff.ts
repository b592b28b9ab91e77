/**
 * How long to wait before the next restart, and when failing has become a loop. Pure: time and chance are given.
 * A crash loop is still retried, at the longest delay, and ends only with a launch that stays ready.
 */
export const BACKOFF = {
  firstDelayMs: 200,
  longestDelayMs: 30_000,
  /** Ready for so long: all is forgiven. */
  resetAfterReadyMs: 30_000,
  loopFailures: 5,
  loopWindowMs: 60_000,
  /** Each delay is spread by up to this part of itself, either way, so that what failed together does not return together. */
  jitter: 0.2,
} as const;

export interface BackoffState {
  /** Failures since the last reset. */
  readonly attempts: number;
  /** Monotonic ms of the latest failures, at most as many as make a loop. */
  readonly failures: readonly number[];
  readonly crashLoop: boolean;
}

export const NO_FAILURES: BackoffState = { attempts: 0, failures: [], crashLoop: false };

export interface Failure {
  /** Monotonic ms. */
  readonly now: number;
  /** How long this launch had been ready when it failed; 0 = never. */
  readonly readyForMs: number;
  /** 0 <= random < 1 */
  readonly random: number;
}

/** `state` is what to remember; `state.attempts` counts this failure. */
export function nextDelay(before: BackoffState, failure: Failure): { state: BackoffState; delayMs: number } {
  const { firstDelayMs, longestDelayMs, resetAfterReadyMs, loopFailures, loopWindowMs, jitter } = BACKOFF;
  const { attempts, failures, crashLoop } = failure.readyForMs >= resetAfterReadyMs ? NO_FAILURES : before;
  const recent = [...failures.filter((at) => failure.now - at < loopWindowMs), failure.now].slice(-loopFailures);
  const state: BackoffState = {
    attempts: attempts + 1,
    failures: recent,
    crashLoop: crashLoop || recent.length >= loopFailures,
  };
  // 2^30 times the first delay is far beyond the longest one; more would only overflow.
  const doubled = state.crashLoop ? longestDelayMs : firstDelayMs * 2 ** Math.min(attempts, 30);
  const spread = Math.min(doubled, longestDelayMs) * (1 + jitter * (2 * failure.random - 1));
  return { state, delayMs: Math.round(Math.min(longestDelayMs, spread)) };
}
