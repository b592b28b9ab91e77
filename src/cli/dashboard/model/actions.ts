/**
 * What a person asked of the system, until it has been observed: an action is over when the view shows that it
 * happened, not when the engine has taken it. Pure; says what was seen.
 */
import type { MsvcEvent } from '../../../model/event.ts';
import { replicaLabel } from '../../../model/names.ts';
import { readyCount, type ServiceView, serviceState, type View } from '../../../model/view.ts';
import { lastWords } from '../../wording/last-words.ts';
import { count } from '../../wording/lists.ts';
import { reasonText } from '../../wording/reasons.ts';
import type { Tone } from '../../wording/saying.ts';
import { duration } from '../../wording/time.ts';
import type { Metrics } from './metrics.ts';

export type ActionKind = 'start' | 'stop' | 'restart' | 'scale' | 'kill';

export interface Action {
  readonly id: number;
  readonly kind: ActionKind;
  readonly service: string;
  /** Of `kill`: that one alone. */
  readonly replica: number | null;
  /** Of `scale`. */
  readonly replicas: number | null;
  readonly at: number;
  readonly totals: { readonly requests: number; readonly failed: number } | null;
  /** The engine has answered; the event that its view had seen by then. null = not yet. */
  readonly answeredSeq: number | null;
  /** Of `kill`: ends that were seen, and instances that became ready after one. */
  readonly ended: number;
  readonly returned: number;
  /** Of `kill`: how many instances the signal went to. */
  readonly pids: number;
}

export interface Outcome {
  readonly text: string;
  readonly tone: Tone;
}

const DOING: Readonly<Record<ActionKind, string>> = {
  start: 'starting',
  stop: 'stopping',
  restart: 'restarting',
  scale: 'scaling',
  kill: 'killing',
};

export function doing(action: Action, view: View): string {
  const service = view.services[action.service];
  const ready = service ? `${readyCount(service)} of ${service.wanted} ready` : '';
  return `${DOING[action.kind]} ${subject(action)} … ${ready}`;
}

export function seen(action: Action, event: MsvcEvent): Action {
  if (action.kind !== 'kill' || !('instance' in event) || event.service !== action.service) return action;
  if (action.replica !== null && event.replica !== action.replica) return action;
  if (event.type === 'instance.exited') return { ...action, ended: action.ended + 1 };
  return event.type === 'instance.ready' && action.ended > 0 ? { ...action, returned: action.returned + 1 } : action;
}

/** @returns null while it is not over */
export function outcomeOf(action: Action, view: View, metrics: Metrics, now: number): Outcome | null {
  if (action.answeredSeq === null || view.seq < action.answeredSeq) return null;
  const service = view.services[action.service];
  if (!service) return { text: `${action.service} is no longer there`, tone: 'warn' };
  const state = serviceState(service);
  const took = duration(now - action.at);
  const of = `${readyCount(service)} of ${service.wanted} ready`;
  const failed = state === 'failed' || state === 'crash-loop';
  if (action.kind === 'stop') return { text: `${action.service} ${state} after ${took}`, tone: 'good' };
  if (action.kind === 'kill' && action.pids === 0) return { text: `nothing of ${subject(action)} runs`, tone: 'warn' };
  if (action.kind === 'kill' && (action.ended < action.pids || (action.returned < action.ended && !failed)))
    return null;
  if (failed && action.kind !== 'kill')
    return { text: `${action.service} ${state}: ${reasonOf(service)}`, tone: 'bad' };
  if (state === 'completed') return { text: `${action.service} completed after ${took}`, tone: 'good' };
  if (state !== 'ready') return failed ? { text: `${subject(action)} ${state}`, tone: 'bad' } : null;
  const cost = costOf(action, metrics);
  switch (action.kind) {
    case 'start':
      return { text: `${action.service} started: ${of} after ${took}`, tone: 'good' };
    case 'restart':
      return { text: `${action.service} restarted: ${of} after ${took}${cost}`, tone: 'good' };
    case 'scale':
      return { text: `${action.service} has ${count(service.wanted, 'replica')}: ${of} after ${took}`, tone: 'good' };
    case 'kill':
      return { text: `${subject(action)} was killed and is back: ${of} after ${took}${cost}`, tone: 'good' };
  }
}

function subject({ service, replica }: Action): string {
  return replica === null ? service : replicaLabel(service, replica);
}

function costOf({ totals, service }: Action, metrics: Metrics): string {
  const now = metrics.services[service]?.total;
  if (!totals || !now || now.requests <= totals.requests) return '';
  const failed = now.failed - totals.failed;
  const requests = count(now.requests - totals.requests, 'request');
  return failed <= 0 ? `; none of ${requests} failed` : `; ${failed} of ${requests} failed`;
}

function reasonOf(service: ServiceView): string {
  const error = service.error ?? Object.values(service.instances).find((one) => one.error)?.error;
  if (error) return reasonText(error).split('\n')[0] ?? '';
  const tail = Object.values(service.instances).flatMap((one) => one.tail);
  return lastWords(tail) ?? 'see its output';
}
