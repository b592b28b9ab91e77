/** What a service's instances amount to: for dependants, for the gateway, for a rollout. Pure but for the waiting. */
import type { ErrorData } from '../model/error.ts';
import type { Availability } from '../registry/registry.ts';
import { TAIL_LINES } from './logs/instance-log.ts';
import type { DependencyStatus } from './service-parts.ts';
import type { Supervisor } from './supervisor.ts';

export interface Failure {
  readonly error: ErrorData;
  /** The event it follows from. */
  readonly cause: number | undefined;
}

export function dependencyStatus(
  all: readonly Supervisor[],
  { enabled, replicas, broken }: { enabled: boolean; replicas: number; broken: Failure | null },
): DependencyStatus {
  const ready = all.filter((i) => i.phase === 'ready').length;
  const completed = all.length > 0 && all.every((i) => i.phase === 'completed');
  const failed = all.find((i) => i.phase === 'failed');
  return {
    present: enabled || completed,
    started: all.length >= replicas && all.every((i) => !['pending', 'stopped', 'failed'].includes(i.phase)),
    healthy: enabled && ready >= replicas,
    completed,
    failed: enabled && !completed && (broken !== null || failed !== undefined) && ready === 0,
    because: failed?.lastEvent ?? broken?.cause,
  };
}

/** What a request meets while nothing is ready. */
export function availability(
  all: readonly Supervisor[],
  { enabled, replicas, reloading, broken }: { enabled: boolean; replicas: number; reloading: boolean; broken: boolean },
): Availability {
  if (!enabled || replicas === 0) return 'stopped';
  if (reloading) return 'expected';
  if (all.length === 0) return broken ? 'failed' : 'expected';
  if (all.every((i) => i.phase === 'completed')) return 'stopped';
  return all.every((i) => i.phase === 'failed' || i.crashLooping) ? 'failed' : 'expected';
}

/** @returns why a new instance did not become ready at its first attempt; null when it did, or when `signal` ended the wait */
export async function comesUp(
  instance: Supervisor,
  anyChange: () => Promise<void>,
  signal: AbortSignal,
): Promise<Failure | null> {
  while (!signal.aborted) {
    const { phase } = instance;
    if (phase === 'ready' || phase === 'completed') return null;
    if (phase === 'failed' || phase === 'backing-off' || phase === 'stopping') {
      return { error: notReady(instance), cause: instance.lastEvent };
    }
    await anyChange();
  }
  return null;
}

export function notReady({ id, replica, lastExit: { code, signal }, log }: Supervisor): ErrorData {
  return {
    code: 'MSVC_SERVICE_FAILED',
    message: `${id} did not become ready`,
    facts: { replica, code, signal, tail: log.tail(TAIL_LINES) },
  };
}
