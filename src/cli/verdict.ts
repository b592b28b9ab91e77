/**
 * Whether services have got where they were wanted, or cannot get there any more: the one judgement behind
 * `up --wait`, `msvc wait` and the end of an attached `up`. Pure.
 */
import type { ServiceState } from '../model/instance.ts';
import { replicaLabel } from '../model/names.ts';
import type { InstanceView, ServiceView, View } from '../model/view.ts';
import { readyCount, serviceState } from '../model/view.ts';
import { exitWords } from './wording/exits.ts';
import { list } from './wording/lists.ts';
import { noticeText } from './wording/notices.ts';
import { reasonHint, reasonText } from './wording/reasons.ts';

/** `up`: healthy, or completed for what is meant to end. */
export type Goal = 'up' | 'healthy' | 'completed' | 'stopped';

export interface Verdict {
  readonly service: string;
  readonly state: ServiceState;
  readonly outcome: 'reached' | 'waiting' | 'failed';
  /** Why it failed, or what it still waits for; null when it has got there. */
  readonly reason: string | null;
  /** Last output of the instance that decided it. */
  readonly tail: readonly string[];
  /** What to do about it, where that is known. */
  readonly hint?: string;
}

export function judge(service: ServiceView, goal: Goal): Verdict {
  const state = serviceState(service);
  const make = (outcome: Verdict['outcome'], reason: string | null = null, tail: readonly string[] = []): Verdict => ({
    service: service.name,
    state,
    outcome,
    reason,
    tail,
  });
  if (goal === 'stopped') return judgeStopped(service, state, make);
  const failure = failureOf(service, state);
  const hint = service.error ? reasonHint(service.error) : undefined;
  if (failure) return { ...make('failed', failure.reason, failure.tail), ...(hint !== undefined && { hint }) };
  if (state === 'completed') return judgeCompleted(service, goal, make);
  if (goal === 'completed' && service.definition.oneShot === false && state === 'ready') {
    return make('waiting', 'it still runs');
  }
  if (goal === 'up' && service.definition.oneShot && state === 'ready') {
    return make('waiting', 'it still runs, and `restart: no` makes it a job that ends');
  }
  // About to be restarted with another one.
  const isAwaiting = state === 'ready' && service.waitingOn.length > 0;
  if (goal !== 'completed' && state === 'ready' && !isAwaiting) return make('reached');
  if (state === 'stopped' && service.enabled && service.wanted === 0 && goal !== 'completed') return make('reached');
  return make('waiting', waitingReason(service, state));
}

type Make = (outcome: Verdict['outcome'], reason?: string | null, tail?: readonly string[]) => Verdict;

function judgeStopped(service: ServiceView, state: ServiceState, make: Make): Verdict {
  const alive = Object.values(service.instances).flatMap(({ pid }) => (pid === null ? [] : [String(pid)]));
  if (alive.length === 0 && (state === 'stopped' || state === 'completed' || state === 'failed'))
    return make('reached');
  return make(
    'waiting',
    alive.length === 0
      ? `it is ${state}`
      : `${alive.length === 1 ? 'process' : 'processes'} ${list(alive)} still ${alive.length === 1 ? 'runs' : 'run'}`,
  );
}

/** Exit 0 is success for what has no port; a server that went away is not healthy. */
function judgeCompleted(service: ServiceView, goal: Goal, make: Make): Verdict {
  const server = service.definition.port !== null;
  if (goal === 'completed' || (!server && goal === 'up')) return make('reached');
  const instance = Object.values(service.instances)[0];
  if (goal === 'healthy' && !server) return make('reached');
  return make('failed', 'it exited 0, though it has a port and was to go on', instance?.tail ?? []);
}

/** What makes a service of one replica fail does so in each of several, whichever others are ready. */
function failureOf(service: ServiceView, state: ServiceState): { reason: string; tail: readonly string[] } | null {
  const { rollout } = service;
  const all = Object.values(service.instances);
  // What a rollout under way is about to replace decides nothing.
  const instances = rollout && !rollout.failed ? all.filter((i) => i.generation >= rollout.generation) : all;
  if (state === 'failing') {
    return {
      reason: errorText(service) ?? 'the new version does not become ready',
      tail: lastSaid(service, instances),
    };
  }
  const failed = instances.find((i) => i.phase === 'failed' && !isLate(i));
  if (failed && state !== 'ready') {
    const reason = reasonOf(failed, service);
    return { reason: service.wanted > 1 ? `${labelOf(failed)}: ${reason}` : reason, tail: failed.tail };
  }
  const isShort = state !== 'ready' && state !== 'reloading';
  const looping = instances.find((i) => i.crashLoop);
  if (looping && isShort) {
    return { reason: `${subject(looping, service)} keeps failing: ${reasonOf(looping, service)}`, tail: looping.tail };
  }
  const late = instances.find(isLate);
  if (late && isShort) return { reason: lateReason(late, service), tail: late.tail };
  // Degraded: what keeps those from coming that are not there.
  if ((state === 'failed' || state === 'degraded') && service.error)
    return { reason: reasonText(service.error), tail: lastSaid(service, instances) };
  return null;
}

function labelOf({ service, replica }: InstanceView): string {
  return replicaLabel(service, replica);
}

/** Which replica, where there are several. */
function subject(instance: InstanceView, { wanted }: ServiceView): string {
  return wanted > 1 ? labelOf(instance) : 'it';
}

/** Stopped since it was not ready in time. */
export function isLate({ phase, stopReason }: InstanceView): boolean {
  return (phase === 'backing-off' || phase === 'failed') && stopReason === 'start-timeout';
}

export function lateReason(instance: InstanceView, service: ServiceView): string {
  const detail = instance.probeDetail ?? nothingListens(instance, service);
  return `${subject(instance, service)} was not ready within its start_period${detail === null ? '' : `: ${detail}`}`;
}

function errorText({ error }: ServiceView): string | undefined {
  return error ? reasonText(error) : undefined;
}

/** By what failed, where that is another command (`pre_start`) or has gone already. */
function lastSaid({ error }: ServiceView, instances: readonly InstanceView[]): readonly string[] {
  const tail = error?.facts.tail;
  return Array.isArray(tail) ? tail : (newest(instances)?.tail ?? []);
}

function newest(instances: readonly InstanceView[]): InstanceView | undefined {
  return instances.reduce<InstanceView | undefined>((a, b) => (a && a.generation >= b.generation ? a : b), undefined);
}

function reasonOf(instance: InstanceView, service: ServiceView): string {
  if (instance.exit?.outOfMemory) return exitWords(instance.exit);
  if (instance.error) return reasonText(instance.error);
  if (service.error) return reasonText(service.error);
  return instance.exit ? exitWords(instance.exit) : (instance.probeDetail ?? 'it failed');
}

function waitingReason(service: ServiceView, state: ServiceState): string {
  if (service.waitingOn.length > 0) return `waits for ${list(service.waitingOn.map((w) => w.service))}`;
  const instances = Object.values(service.instances);
  const starting = instances.find((i) => i.phase === 'starting');
  const detail =
    instances.find((i) => i.probeDetail !== null)?.probeDetail ?? (starting && nothingListens(starting, service));
  const ready = readyCount(service);
  const some = service.wanted > 1 && ready > 0 ? `, ${ready} of ${service.wanted} ready` : '';
  return `${state}${some}${detail === null || detail === undefined ? '' : `: ${detail}`}`;
}

/** What a program that does not read PORT looks like. */
function nothingListens({ port, elsewhere }: InstanceView, { definition }: ServiceView): string | null {
  if (elsewhere) return `it ${noticeText('listens-elsewhere', elsewhere)}`;
  const waits = port !== null && (definition.probe === 'tcp' || definition.probe === 'http');
  return waits ? `nothing listens on its port ${port}` : null;
}

export interface Outcome {
  readonly verdicts: readonly Verdict[];
  readonly failed: readonly Verdict[];
  readonly waiting: readonly Verdict[];
}

/**
 * The verdicts on all named services while events come in: each event costs a look at the service it is about. A
 * service that the view does not have (yet) is waited for.
 */
export class Judgement {
  readonly #goal: Goal;
  readonly #verdicts = new Map<string, Verdict>();
  readonly #open = new Set<string>();
  readonly #failed = new Set<string>();

  constructor(view: View, services: readonly string[], goal: Goal) {
    this.#goal = goal;
    for (const name of services) this.#verdicts.set(name, UNJUDGED);
    this.judgeAll(view);
  }

  /** Nothing is waited for any more, or something has failed. */
  get settled(): boolean {
    return this.#open.size === 0 || this.#failed.size > 0;
  }

  get outcome(): Outcome {
    const verdicts = [...this.#verdicts.values()];
    return {
      verdicts,
      failed: verdicts.filter((v) => v.outcome === 'failed'),
      waiting: verdicts.filter((v) => v.outcome === 'waiting'),
    };
  }

  judgeAll(view: View): void {
    for (const name of this.#verdicts.keys()) this.judge(view, name);
  }

  judge(view: View, name: string): void {
    if (!this.#verdicts.has(name)) return;
    const service = view.services[name];
    const verdict = service ? judge(service, this.#goal) : absent(name, this.#goal);
    this.#verdicts.set(name, verdict);
    note(this.#open, name, verdict.outcome === 'waiting');
    note(this.#failed, name, verdict.outcome === 'failed');
  }
}

const UNJUDGED: Verdict = { service: '', state: 'pending', outcome: 'waiting', reason: null, tail: [] };

function absent(service: string, goal: Goal): Verdict {
  return goal === 'stopped'
    ? { service, state: 'stopped', outcome: 'reached', reason: null, tail: [] }
    : { service, state: 'pending', outcome: 'waiting', reason: 'not started yet', tail: [] };
}

function note(set: Set<string>, name: string, isIn: boolean): void {
  if (isIn) set.add(name);
  else set.delete(name);
}

/** Of all named services, as the view has them. */
export function judgeAll(view: View, services: readonly string[], goal: Goal): Outcome {
  return new Judgement(view, services, goal).outcome;
}
