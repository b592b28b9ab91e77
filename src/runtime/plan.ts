/**
 * What must happen so that what runs becomes what is wanted: one function for start, reload, scale and dry-run. Pure.
 */
import type { PlanStep } from '../model/event.ts';
import type { ServiceName } from '../model/names.ts';
import type { ServiceSpec } from '../model/project.ts';
import { restartedWith } from './dependants.ts';

export interface Current {
  readonly spec: ServiceSpec;
  readonly wanted: number;
  readonly enabled: boolean;
  /** Its latest version did not come up, so that something of an earlier one is still there. */
  readonly isBehind: boolean;
}

export interface Wanted {
  readonly spec: ServiceSpec;
  readonly replicas: number;
  /** To run; false = defined, but not asked for. */
  readonly run: boolean;
}

/** Changes that a running process cannot take on; anything else is applied in place. */
const NEEDS_NEW_PROCESS: readonly (keyof ServiceSpec)[] = [
  'run',
  'environment',
  'envFile',
  'port',
  'calls',
  'database',
  'preStart',
  'secrets',
];
const NOT_COMPARED: readonly (keyof ServiceSpec)[] = ['places', 'replicas', 'name'];

/** The keys in which two definitions of a service differ. */
function changedKeys(before: ServiceSpec, after: ServiceSpec): (keyof ServiceSpec)[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)] as (keyof ServiceSpec)[]);
  return [...keys].filter((key) => !NOT_COMPARED.includes(key) && comparable(before[key]) !== comparable(after[key]));
}

/** A rule's place in the file is no part of what it says. */
function comparable(value: unknown): string {
  return JSON.stringify(value ?? null, (key, inner) => (key === 'place' ? undefined : inner));
}

function needsNewProcess(changed: readonly string[]): boolean {
  return changed.some((key) => (NEEDS_NEW_PROCESS as readonly string[]).includes(key));
}

/** Steps in the order of the file, removals first. A service has one step. */
export function diff(running: ReadonlyMap<ServiceName, Current>, wanted: ReadonlyMap<ServiceName, Wanted>): PlanStep[] {
  const steps: PlanStep[] = [];
  for (const [service] of running) {
    if (!wanted.has(service)) steps.push({ action: 'remove', service, changed: [] });
  }
  for (const [service, want] of wanted) {
    const now = running.get(service);
    const step = stepFor(service, now, want);
    if (step) steps.push(step);
  }
  return withDependants(steps, running, wanted);
}

/** A step that leaves a service's processes as they are becomes a restart where it goes with one that is replaced. */
function withDependants(
  steps: readonly PlanStep[],
  running: ReadonlyMap<ServiceName, Current>,
  wanted: ReadonlyMap<ServiceName, Wanted>,
): PlanStep[] {
  const replaced = steps.filter(({ action }) => action === 'rollout').map(({ service }) => service);
  const others = steps.filter(({ service }) => !replaced.includes(service) && running.get(service)?.enabled);
  const following = restartedWith(
    replaced,
    others.flatMap(({ service }) => wanted.get(service)?.spec ?? []),
  );
  return steps.map((step) => {
    const after = following.get(step.service)?.map(({ service }) => service);
    // One that is scaled is named by its step already.
    return after === undefined || step.action === 'scale' ? step : { ...step, action: 'restart', after };
  });
}

/** How many processes these steps launch. */
export function processLaunches(steps: readonly PlanStep[], wanted: ReadonlyMap<ServiceName, Wanted>): number {
  let count = 0;
  for (const { service, action, from = 0, to } of steps) {
    const want = wanted.get(service);
    if (want?.spec.run.kind !== 'process') continue;
    if (action === 'rollout' || action === 'restart') count += to ?? want.replicas;
    else if (to !== undefined) count += Math.max(0, to - from);
  }
  return count;
}

function stepFor(service: ServiceName, now: Current | undefined, want: Wanted): PlanStep | null {
  if (!now?.enabled) {
    return want.run ? { action: 'start', service, changed: [], from: 0, to: want.replicas } : null;
  }
  const changed = changedKeys(now.spec, want.spec);
  const scaled = want.run && now.wanted !== want.replicas ? { from: now.wanted, to: want.replicas } : {};
  if (needsNewProcess(changed)) return { action: 'rollout', service, changed, ...scaled };
  // What it failed of may have been mended, in the file or elsewhere.
  if (now.isBehind) return { action: 'rollout', service, changed, again: true, ...scaled };
  if ('from' in scaled) return { action: 'scale', service, changed: [...changed, 'replicas'], ...scaled };
  return { action: changed.length > 0 ? 'update' : 'keep', service, changed };
}
