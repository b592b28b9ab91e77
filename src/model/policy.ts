/**
 * How requests are treated on their way to a service: time limits, repetitions, breaker, limit, balancing, ejection. What
 * msvc.yaml says of a service, of an edge or of a route are `PolicyWords`; laid over one another and over the defaults
 * they make a `Policy`. Times in milliseconds, shares in percent. Defaults are DESIGN.md's: short, because a person watches.
 */
import type { FaultEffects } from './fault.ts';

export type BalancerKind = 'round-robin' | 'two-choices' | 'least-in-flight' | 'consistent-hash';

export interface TimeoutPolicy {
  /** Until a connection to an instance stands. */
  readonly connectMs: number;
  /** From a request's last byte to the response's head, one attempt. */
  readonly responseMs: number;
  /** One whole attempt until the response's head, sending included; 0 = none. */
  readonly tryMs: number;
  /** The whole request with all attempts, waiting included; passed on as a deadline; 0 = none. */
  readonly requestMs: number;
}

export interface RetryPolicy {
  /** Repetitions after the first attempt. */
  readonly attempts: number;
  /** Statuses of the service that are worth another attempt of an idempotent request. */
  readonly statuses: readonly number[];
  /** The pause before the first repetition towards the same instance doubles up to the longest. */
  readonly pauseMs: number;
  readonly longestPauseMs: number;
  /** Repetitions are at most this share of the requests ... */
  readonly budgetPercent: number;
  /** ... and this many a second beside it. */
  readonly budgetPerSecond: number;
}

export interface BreakerPolicy {
  /** Opens when at least this share of the requests in the window failed ... */
  readonly failurePercent: number;
  /** ... and there were at least so many. */
  readonly requests: number;
  readonly windowMs: number;
  readonly openMs: number;
  /** Requests let through at a time while half-open; as many have to go well in a row for it to close. */
  readonly trials: number;
}

export interface EjectionPolicy {
  /** Failures in a row. */
  readonly failures: number;
  /** The first time; the second time in a short while twice that, and so on up to the longest. */
  readonly forMs: number;
  readonly longestMs: number;
  /** Never more than this share of the ready instances, and never the last one. */
  readonly mostPercent: number;
}

export interface LimitPolicy {
  /** Requests at once; 0 = no limit. */
  readonly inFlight: number;
  /** Requests that wait for their turn; more are refused. */
  readonly queue: number;
  readonly queueMs: number;
}

export interface BalancerPolicy {
  readonly kind: BalancerKind;
  /** What consistent hashing goes by. */
  readonly key: HashKey;
}

export type HashKey =
  | { readonly by: 'path' }
  | { readonly by: 'source' }
  | { readonly by: 'header' | 'cookie'; readonly name: string };

export interface Policy {
  readonly timeouts: TimeoutPolicy;
  readonly retries: RetryPolicy;
  /** null = none. */
  readonly breaker: BreakerPolicy | null;
  readonly limit: LimitPolicy;
  readonly balancer: BalancerPolicy;
  /** Of the service as a whole; null = none. */
  readonly ejection: EjectionPolicy | null;
}

/** What is written; the rest is as it was. */
export interface PolicyWords {
  readonly timeouts?: Partial<TimeoutPolicy>;
  readonly retries?: Partial<RetryPolicy>;
  readonly breaker?: Partial<BreakerPolicy> | null;
  readonly limit?: Partial<LimitPolicy>;
  readonly balancer?: Partial<BalancerPolicy>;
  readonly ejection?: Partial<EjectionPolicy> | null;
  /** In force as long as it is written. */
  readonly fault?: FaultEffects;
}

export const DEFAULT_POLICY: Policy = {
  timeouts: { connectMs: 1_000, responseMs: 30_000, tryMs: 0, requestMs: 0 },
  retries: {
    attempts: 2,
    statuses: [],
    pauseMs: 25,
    longestPauseMs: 250,
    budgetPercent: 20,
    budgetPerSecond: 10,
  },
  breaker: { failurePercent: 50, requests: 20, windowMs: 10_000, openMs: 5_000, trials: 1 },
  limit: { inFlight: 0, queue: 1_024, queueMs: 30_000 },
  balancer: { kind: 'two-choices', key: { by: 'path' } },
  ejection: { failures: 5, forMs: 5_000, longestMs: 60_000, mostPercent: 50 },
};

/** Later words are stronger. */
export function policyOf(base: Policy, ...words: readonly (PolicyWords | undefined)[]): Policy {
  let policy = base;
  for (const layer of words) {
    if (layer === undefined) continue;
    policy = {
      timeouts: { ...policy.timeouts, ...layer.timeouts },
      retries: { ...policy.retries, ...layer.retries },
      breaker: overlay(policy.breaker, layer.breaker, DEFAULT_POLICY.breaker!),
      limit: { ...policy.limit, ...layer.limit },
      balancer: { ...policy.balancer, ...layer.balancer },
      ejection: overlay(policy.ejection, layer.ejection, DEFAULT_POLICY.ejection!),
    };
  }
  return policy;
}

/** Words written where there was none begin from the defaults. */
function overlay<T extends object>(before: T | null, words: Partial<T> | null | undefined, defaults: T): T | null {
  if (words === undefined) return before;
  return words === null ? null : { ...(before ?? defaults), ...words };
}
