/** `PolicyWords` in msvc.yaml's words again: only what was written. */
import { type FaultEffects, NO_EFFECT } from '../../model/fault.ts';
import type { BalancerPolicy, PolicyWords } from '../../model/policy.ts';
import { printDuration, printRate } from '../units.ts';

type Printed = Record<string, unknown>;

export function printPolicy({ timeouts, retries, breaker, limit, balancer, ejection, fault }: PolicyWords): Printed {
  return {
    ...(timeouts && {
      timeout: written({
        request: time(timeouts.requestMs),
        response: time(timeouts.responseMs),
        per_try: time(timeouts.tryMs),
        connect: time(timeouts.connectMs),
      }),
    }),
    ...(retries && {
      retries: written({
        attempts: retries.attempts,
        statuses: retries.statuses,
        backoff: time(retries.pauseMs),
        longest_backoff: time(retries.longestPauseMs),
        budget: orAbsent(written({ percent: percent(retries.budgetPercent), per_second: retries.budgetPerSecond })),
      }),
    }),
    ...(breaker !== undefined && {
      breaker: switched(
        breaker && {
          failures: percent(breaker.failurePercent),
          requests: breaker.requests,
          window: time(breaker.windowMs),
          open: time(breaker.openMs),
          trials: breaker.trials,
        },
      ),
    }),
    ...(limit && {
      limit: written({ in_flight: limit.inFlight, queue: limit.queue, queue_timeout: time(limit.queueMs) }),
    }),
    ...(balancer && { balancer: printBalancer(balancer) }),
    ...(ejection !== undefined && {
      ejection: switched(
        ejection && {
          failures: ejection.failures,
          for: time(ejection.forMs),
          longest: time(ejection.longestMs),
          most: percent(ejection.mostPercent),
        },
      ),
    }),
    ...(fault && { fault: printFault(fault) }),
  };
}

function printBalancer({ kind, key }: Partial<BalancerPolicy>): unknown {
  if (key === undefined) return kind;
  return written({
    type: kind,
    ...(key.by === 'source' ? { source: true } : key.by === 'path' ? {} : { [key.by]: key.name }),
  });
}

function printFault(fault: FaultEffects): Printed {
  const { bytesPerSecond } = fault;
  const changed = <K extends keyof FaultEffects>(key: K): FaultEffects[K] | undefined =>
    fault[key] === NO_EFFECT[key] ? undefined : fault[key];
  return written({
    delay: time(changed('delayMs')),
    jitter: time(changed('jitterMs')),
    delay_share: percent(changed('delayPercent')),
    bandwidth: bytesPerSecond > 0 ? printRate(bytesPerSecond) : undefined,
    error: percent(changed('errorPercent')),
    status: changed('status'),
    reset: percent(changed('resetPercent')),
    abort: percent(changed('abortPercent')),
    seed: changed('seed'),
  });
}

/** `false` stands for none, `true` for the defaults. */
function switched(words: Printed | null): unknown {
  if (words === null) return false;
  return orAbsent(written(words)) ?? true;
}

function written(all: Printed): Printed {
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

function orAbsent(words: Printed): Printed | undefined {
  return Object.keys(words).length === 0 ? undefined : words;
}

function time(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : printDuration(ms);
}

function percent(value: number | undefined): string | undefined {
  return value === undefined ? undefined : `${value}%`;
}
