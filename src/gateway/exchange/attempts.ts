/**
 * What has been tried for one request, and what a failed attempt leads to. Owns the count and who was tried; sends
 * nothing and waits for nothing itself.
 */
import type { Stroke } from '../faults/dice.ts';
import type { ProblemCode } from '../problems/problems.ts';
import type { Endpoint } from '../services/endpoint.ts';
import type { Lane } from '../services/lane.ts';
import type { RetryBudget } from '../services/retry-budget.ts';
import type { Service } from '../services/service.ts';
import type { Failure } from './upstream-connection.ts';

export type NextStep =
  /** Nothing was sent: try another instance at once. */
  | 'next'
  /** An idle connection closed as it was reused, which says nothing about the instance: try it over a new one. */
  | 'replay'
  /** Try another instance, paid from the budget. */
  | 'retry'
  /** There is no other instance: try the same one after a pause, paid from the budget. */
  | 'retry-later'
  | 'give-up';

export type AttemptFailure =
  | Failure
  /** No head of a response came within the time of one try. */
  | 'timeout'
  /** An answer whose status is worth another try. */
  | 'status';

/** One failed attempt, as the exchange saw it. */
export interface FailedAttempt {
  /** null: a fault broke it off before an instance was chosen. */
  readonly endpoint: Endpoint | null;
  readonly failure: AttemptFailure;
  /** It went over a connection that had carried a request before. */
  readonly stale: boolean;
  /** Sending the request again is allowed and possible: idempotent or not processed, body at hand, client not told to go on. */
  readonly repeatable: boolean;
}

const REPEATED: ReadonlySet<AttemptFailure> = new Set(['reset', 'unprocessed', 'timeout', 'status']);

export class Attempts {
  /** Times that the request was sent. */
  count = 0;
  /** How many of those were repetitions paid from the service's budget. */
  retries = 0;
  /** Never picked again while others are there; null = none. */
  tried: Endpoint[] | null = null;
  /** It needs a new connection: an idle one has failed it, or a fault makes its connection slow. */
  needsFresh = false;
  /** It has been drawn by lot which faults of the edge meet the present attempt. */
  struck = false;

  /** Notes what the faults of the edge do to the present attempt. */
  strike({ bytesPerSecond }: Stroke): void {
    this.struck = true;
    if (bytesPerSecond > 0) this.needsFresh = true;
  }

  /** @param allowed repetitions, and what pays for them */
  after(
    { endpoint, failure, stale, repeatable }: FailedAttempt,
    service: Service,
    { most, budget }: { readonly most: number; readonly budget: RetryBudget },
    now: number,
  ): NextStep {
    if (failure === 'refused' && endpoint !== null) {
      this.#avoid(endpoint);
      return 'next';
    }
    if (!repeatable || !REPEATED.has(failure)) return 'give-up';
    if (failure === 'reset' && stale && !this.needsFresh) {
      this.needsFresh = true;
      return 'replay';
    }
    if (this.retries >= most || !budget.take(now)) return 'give-up';
    this.retries++;
    this.struck = false;
    if (endpoint === null) return 'retry-later';
    if (!service.ready.some((other) => other !== endpoint && this.tried?.includes(other) !== true))
      return 'retry-later';
    this.#avoid(endpoint);
    return 'retry';
  }

  /** Whether an answer of that status is not to be relayed, because another attempt is wanted and can be paid. */
  worthAnother(status: number, { policy, budget }: Lane, now: number): boolean {
    const { statuses, attempts } = policy.retries;
    return statuses.includes(status) && this.retries < attempts && budget.has(now);
  }

  /** Instances may have changed: each may be tried again. */
  forgetTried(): void {
    this.tried = null;
  }

  #avoid(endpoint: Endpoint): void {
    this.tried = this.tried === null ? [endpoint] : [...this.tried, endpoint];
  }
}

/** What the client is told when the last attempt ended so. */
export const PROBLEM_OF = {
  refused: 'connection-refused',
  reset: 'upstream-reset',
  unprocessed: 'upstream-reset',
  'bad-response': 'bad-response',
  'head-too-large': 'response-head-too-large',
  truncated: 'bad-response',
  timeout: 'response-timeout',
  status: 'bad-response',
} as const satisfies Record<AttemptFailure, ProblemCode>;
