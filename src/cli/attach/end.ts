/** When an attached `up` is over, and with which exit code: decided from the events alone. Pure. */
import type { MsvcEvent } from '../../model/event.ts';
import { isAlive } from '../../model/instance.ts';
import { serviceState, type View } from '../../model/view.ts';
import { exitCodeOf } from './target-exit.ts';

export interface EndRules {
  readonly exitCodeFrom: string | undefined;
  readonly abortOnFailure: boolean;
  /** Of the services that were started by this command. */
  readonly services: ReadonlySet<string>;
  /** Services that a saved file may bring back. */
  readonly watched: ReadonlySet<string>;
}

export interface End {
  readonly why: 'target-ended' | 'failure' | 'all-done';
  readonly service: string | null;
  readonly exitCode: number;
}

/** @param view with the event folded in */
export function endOf(event: MsvcEvent, view: View, rules: EndRules): End | null {
  const target = rules.exitCodeFrom;
  if (target !== undefined && 'service' in event && event.service === target) {
    const exitCode = targetCode(event);
    if (exitCode !== null) return { why: 'target-ended', service: target, exitCode };
  }
  if (rules.abortOnFailure) {
    const service = failedService(event, view);
    if (service !== null) return { why: 'failure', service, exitCode: 1 };
  }
  return target === undefined ? allDone(event, view, rules) : null;
}

function targetCode(event: MsvcEvent): number | null {
  switch (event.type) {
    case 'instance.exited':
      if (event.expected) return null;
      return exitCodeOf(event.exit);
    case 'instance.failed':
    case 'service.blocked':
    case 'preparation.failed':
      return 1;
    default:
      return null;
  }
}

/** A job's exit 0 is no failure; a server that exits, with whatever code, is one. */
function failedService(event: MsvcEvent, view: View): string | null {
  switch (event.type) {
    case 'instance.exited': {
      const server = view.services[event.service]?.definition.port !== null;
      return !event.expected && (event.exit.code !== 0 || server) ? event.service : null;
    }
    case 'instance.failed':
    case 'service.blocked':
    case 'preparation.failed':
    case 'rollout.failed':
      return event.service;
    default:
      return null;
  }
}

const LAST_WORDS: ReadonlySet<MsvcEvent['type']> = new Set([
  'instance.completed',
  'instance.failed',
  'instance.stopped',
  'service.blocked',
  'service.stopped',
  'preparation.failed',
  'rollout.failed',
]);

/** Nothing runs and nothing can come back by itself. What was stopped on request may be started again: that is no end. */
function allDone(event: MsvcEvent, view: View, { services, watched }: EndRules): End | null {
  if (!LAST_WORDS.has(event.type) || view.stopping) return null;
  const all = Object.values(view.services).filter((s) => s.enabled || services.has(s.name));
  const wanted = all.filter((s) => s.wanted > 0);
  if (wanted.length === 0 || wanted.some((s) => Object.values(s.instances).some((i) => isAlive(i.phase)))) return null;
  const states = wanted.map((s) => ({ name: s.name, state: serviceState(s) }));
  if (states.some(({ state }) => state !== 'completed' && state !== 'failed')) return null;
  const failed = states.filter(({ state }) => state === 'failed');
  if (failed.some(({ name }) => watched.has(name))) return null;
  return { why: 'all-done', service: failed[0]?.name ?? null, exitCode: failed.length > 0 ? 1 : 0 };
}
