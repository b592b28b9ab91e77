/**
 * The picture of a running system, folded from its events by one pure reducer: the engine, `ps`, the dashboard,
 * JSON output and any later page draw from this. `reduce` never looks at a clock and never mutates its input.
 *
 * Folding all events from the first gives the engine's own view (a property test holds this); between two views
 * intermediate phases may be unseen. `Fold` does the same for a long row of events at a cost that does not grow with
 * the number of services.
 */
import type { ErrorData, Facts } from './error.ts';
import type { EventOf, MsvcEvent, PlanStep, PullProgress, ServiceDefinitionFacts } from './event.ts';
import type { Fault } from './fault.ts';
import type { Phase, ServiceState } from './instance.ts';
import { isAlive } from './instance.ts';
import { changeInstance, type InstanceView } from './instance-view.ts';
import type { Condition } from './project.ts';
import { changeRegistrations, type RegistrationView } from './registration.ts';

export type { InstanceView } from './instance-view.ts';

export interface View {
  /** Of the last event folded in; 0 = none. */
  readonly seq: number;
  readonly engine: {
    readonly pid: number;
    readonly version: string;
    readonly run: string;
    readonly startedAt: number;
  } | null;
  readonly project: { readonly name: string; readonly dir: string; readonly lastPlan: readonly PlanStep[] } | null;
  readonly stopping: boolean;
  readonly gateway: { readonly host: string; readonly port: number; readonly url: string; readonly up: boolean } | null;
  /** The registry's HTTP port; null = it has none. */
  readonly registry: { readonly url: string; readonly tokenFile: string | null } | null;
  readonly edges: readonly { readonly caller: string; readonly callee: string; readonly port: number }[];
  /** Faults in force, in the order they were added. */
  readonly faults: readonly Fault[];
  /** Circuits that are open (or on trial). */
  readonly breakers: readonly BreakerView[];
  /** Since when the engine that runs the containers is away; null while it is there or not needed. Wall-clock ms. */
  readonly containersLostAt: number | null;
  readonly owners: number;
  /** In the order they were defined. */
  readonly services: Readonly<Record<string, ServiceView>>;
}

export interface BreakerView {
  /** `client` for the public port. */
  readonly caller: string;
  readonly callee: string;
  readonly route?: string;
  readonly openedAt: number;
}

export interface ServiceView {
  readonly name: string;
  readonly definition: ServiceDefinitionFacts;
  /** Replicas asked for. */
  readonly wanted: number;
  /** false: stopped on request, or never asked to run. */
  readonly enabled: boolean;
  readonly waitingOn: readonly { readonly service: string; readonly condition: Condition }[];
  readonly preparing: boolean;
  /** What is being done about its image now. */
  readonly image: ImageWork | null;
  /** Why it cannot run now: a failed preparation, dependency or rollout. */
  readonly error: ErrorData | null;
  readonly rollout: {
    readonly generation: number;
    readonly startedAt: number;
    readonly failed: boolean;
    readonly serving: boolean;
  } | null;
  readonly held: boolean;
  /** Unexpected ends that led to a relaunch, over all its instances of this run. */
  readonly restarts: number;
  readonly instances: Readonly<Record<string, InstanceView>>;
  /** Instances that msvc did not start, by id. */
  readonly registrations: Readonly<Record<string, RegistrationView>>;
}

export interface ImageWork {
  readonly doing: 'pulling' | 'building';
  readonly name: string;
  readonly since: number;
  /** Of a pull. */
  readonly progress: PullProgress | null;
}

export const EMPTY_VIEW: View = {
  seq: 0,
  engine: null,
  project: null,
  stopping: false,
  gateway: null,
  registry: null,
  edges: [],
  faults: [],
  breakers: [],
  containersLostAt: null,
  owners: 0,
  services: {},
};

export function reduce(view: View, event: MsvcEvent): View {
  return { ...change(view, event, { ...view.services }), seq: event.seq };
}

/**
 * `reduce` for one owner that folds event after event: the record of services is its own and changed in place, where
 * `reduce` copies it for each. What it hands out is never changed afterwards but for that record: whoever keeps a
 * view beyond the next `add` takes a `snapshot`.
 */
export class Fold {
  #view: View;

  constructor(view: View) {
    this.#view = { ...view, services: { ...view.services } };
  }

  get view(): View {
    return this.#view;
  }

  snapshot(): View {
    return snapshotOf(this.#view);
  }

  add(event: MsvcEvent): View {
    this.#view = { ...change(this.#view, event, this.#view.services), seq: event.seq };
    return this.#view;
  }
}

/** A view of a `Fold` that stays as it is now. */
export function snapshotOf(view: View): View {
  return { ...view, services: { ...view.services } };
}

/**
 * @param services of the view, or a copy of them; may be written to
 * @returns the view itself where nothing else has changed and the services are its own
 */
function change(view: View, event: MsvcEvent, services: Record<string, ServiceView>): View {
  switch (event.type) {
    case 'engine.started':
      return { ...view, engine: { pid: event.pid, version: event.version, run: event.run, startedAt: event.at } };
    case 'engine.stopping':
      return { ...view, stopping: true };
    case 'project.applied':
      return { ...view, project: { name: event.name, dir: event.dir, lastPlan: event.steps } };
    case 'gateway.listening':
      return { ...view, gateway: { host: event.host, port: event.port, url: event.url, up: true } };
    case 'gateway.lost':
      // What the thread knew of failures went with it.
      return { ...view, breakers: [], ...(view.gateway && { gateway: { ...view.gateway, up: false } }) };
    case 'registry.listening':
      return { ...view, registry: { url: event.url, tokenFile: event.tokenFile } };
    case 'registry.closed':
      return { ...view, registry: null };
    case 'edge.listening':
      return {
        ...view,
        edges: withoutEdge(view, event).concat({ caller: event.caller, callee: event.callee, port: event.port }),
      };
    case 'edge.closed':
      return {
        ...view,
        edges: withoutEdge(view, event),
        breakers: view.breakers.filter((b) => b.caller !== event.caller || b.callee !== event.callee),
      };
    case 'breaker.opened':
      return { ...view, breakers: [...withoutBreaker(view, event), breakerView(event)] };
    case 'breaker.closed':
      return { ...view, breakers: withoutBreaker(view, event) };
    case 'fault.added':
      return { ...view, faults: [...view.faults.filter(({ id }) => id !== event.fault.id), event.fault] };
    case 'fault.ended':
      return { ...view, faults: view.faults.filter(({ id }) => id !== event.fault.id) };
    case 'containers.lost':
      return { ...view, containersLostAt: view.containersLostAt ?? event.at };
    case 'containers.restored':
      return { ...view, containersLostAt: null };
    case 'lease.taken':
    case 'lease.ended':
      return { ...view, owners: event.owners };
    case 'service.defined':
      services[event.service] = defineService(services[event.service], event);
      return withServices(view, services);
    case 'service.removed':
      delete services[event.service];
      return withServices(view, services);
    case 'engine.noticed': {
      const service = services[event.service ?? ''];
      if (!service || event.code !== 'listens-elsewhere') return view;
      services[service.name] = { ...service, instances: listensElsewhere(service.instances, event.facts) };
      return withServices(view, services);
    }
    case 'engine.stopped':
    case 'command.received':
    case 'route.changed':
    case 'watch.changed':
    case 'files.synced':
    case 'stream.gap':
      return view;
    default: {
      const service = services[event.service];
      if (!service) return view;
      const changed = changeService(service, event);
      const image = imageAfter(service.image, event);
      services[event.service] = image === changed.image ? changed : { ...changed, image };
      return withServices(view, services);
    }
  }
}

function withServices(view: View, services: Record<string, ServiceView>): View {
  return services === view.services ? view : { ...view, services };
}

/** Hundreds begin to listen one after the other, and hardly one did so before: looked for without making anything. */
function withoutEdge({ edges }: View, { caller, callee }: { caller: string; callee: string }): View['edges'] {
  for (let i = 0; i < edges.length; i++) {
    const { caller: from, callee: to } = edges[i]!;
    if (from === caller && to === callee) return edges.toSpliced(i, 1);
  }
  return edges;
}

function withoutBreaker(view: View, edge: { caller: string; callee: string; route?: string }): View['breakers'] {
  return view.breakers.filter((b) => b.caller !== edge.caller || b.callee !== edge.callee || b.route !== edge.route);
}

function breakerView({ caller, callee, route, at }: EventOf<'breaker.opened'>): BreakerView {
  return { caller, callee, ...(route !== undefined && { route }), openedAt: at };
}

function defineService(before: ServiceView | undefined, event: EventOf<'service.defined'>): ServiceView {
  const { seq: _seq, at: _at, type: _type, cause: _cause, service, ...definition } = event;
  return {
    name: service,
    enabled: false,
    waitingOn: [],
    preparing: false,
    image: null,
    error: null,
    rollout: null,
    held: false,
    restarts: 0,
    instances: {},
    registrations: {},
    ...before,
    definition,
    wanted: definition.wanted,
  };
}

type ServiceEvent = Exclude<
  Extract<MsvcEvent, { service: unknown }>,
  EventOf<'service.defined' | 'service.removed' | 'watch.changed' | 'engine.noticed' | 'files.synced'>
>;

function changeService(service: ServiceView, event: ServiceEvent): ServiceView {
  switch (event.type) {
    case 'service.scaled':
      return { ...service, wanted: event.to, error: service.rollout ? service.error : null };
    case 'service.waiting':
      return { ...service, waitingOn: event.on };
    case 'service.blocked':
      return { ...service, error: event.error, waitingOn: [], preparing: false };
    case 'service.started':
      return { ...service, enabled: true, error: null, rollout: null, instances: triedAgain(service.instances) };
    case 'service.stopped':
      return { ...service, enabled: false, waitingOn: [], preparing: false, rollout: null };
    case 'service.held':
      return { ...service, held: event.held };
    case 'hook.started':
    case 'image.pulling':
    case 'image.pulled':
    case 'image.building':
    case 'image.built':
    case 'migration.applied':
    case 'seed.applied':
      return { ...service, preparing: true };
    case 'hook.exited':
      return service;
    case 'preparation.failed':
      return { ...service, preparing: false, error: event.error };
    case 'rollout.started':
      return {
        ...service,
        error: null,
        waitingOn: [],
        rollout: { generation: event.generation, startedAt: event.at, failed: false, serving: true },
      };
    case 'rollout.finished':
      return { ...service, error: null, rollout: null };
    case 'rollout.failed':
      return {
        ...service,
        error: event.error,
        rollout: { generation: event.generation, startedAt: event.at, failed: true, serving: event.serving },
      };
    case 'registration.added':
    case 'registration.ready':
    case 'registration.unready':
    case 'registration.ended':
      return { ...service, registrations: changeRegistrations(service.registrations, event) };
    case 'instance.removed': {
      const { [event.instance]: _gone, ...rest } = service.instances;
      return { ...service, instances: rest };
    }
    default: {
      const before = service.instances[event.instance];
      const instance = changeInstance(before, event);
      if (!instance) return service;
      const restarted = before !== undefined && instance.restarts > before.restarts ? 1 : 0;
      const after = {
        ...service,
        ...(event.type === 'instance.launched' && { preparing: false, waitingOn: [] }),
        restarts: service.restarts + restarted,
        instances: withInstance(service.instances, instance),
      };
      // All are there: what had kept one of them away is over.
      const isMended = after.error !== null && after.rollout === null && readyCount(after) >= after.wanted;
      return isMended ? { ...after, error: null } : after;
    }
  }
}

/** Nearly all services have one. V8 copies a record whose keys no other record has slowly: that is done for more only. */
function withInstance(instances: ServiceView['instances'], instance: InstanceView): ServiceView['instances'] {
  for (const id in instances) if (id !== instance.id) return { ...instances, [instance.id]: instance };
  return { [instance.id]: instance };
}

function imageAfter(before: ImageWork | null, event: ServiceEvent): ImageWork | null {
  switch (event.type) {
    case 'image.pulling': {
      const since = before?.doing === 'pulling' ? before.since : event.at;
      return { doing: 'pulling', name: event.image, since, progress: event.progress };
    }
    case 'image.building':
      return { doing: 'building', name: event.image, since: event.at, progress: null };
    case 'image.pulled':
    case 'image.built':
    case 'preparation.failed':
    case 'service.stopped':
    case 'service.blocked':
      return null;
    default:
      return before;
  }
}

function listensElsewhere(instances: ServiceView['instances'], facts: Facts): ServiceView['instances'] {
  const told = ({ replica, phase }: InstanceView): boolean => replica === facts.replica && phase === 'starting';
  return Object.fromEntries(
    Object.entries(instances).map(([id, one]) => [id, told(one) ? { ...one, elsewhere: facts } : one]),
  );
}

/** What had given up, or waits for another attempt, is as good as new: who waits for it must not see the old end. */
function triedAgain(instances: ServiceView['instances']): ServiceView['instances'] {
  const again = (one: InstanceView): InstanceView =>
    one.phase === 'failed' || one.phase === 'backing-off'
      ? { ...one, phase: 'pending', crashLoop: false, error: null }
      : one;
  return Object.fromEntries(Object.entries(instances).map(([id, one]) => [id, again(one)]));
}

/** The one word for a service. The order of the questions is the order of what a person must know first. */
export function serviceState(service: ServiceView): ServiceState {
  const all = Object.values(service.instances);
  const has = (phase: Phase): boolean => all.some((i) => i.phase === phase);
  const ready = all.filter((i) => i.phase === 'ready').length;
  if (service.rollout?.failed && ready > 0) return 'failing';
  if (service.rollout && !service.rollout.failed && ready > 0) return 'reloading';
  if (all.length > 0 && all.every((i) => i.phase === 'completed')) return 'completed';
  if (!service.enabled) return all.some((i) => isAlive(i.phase)) ? 'stopping' : 'stopped';
  if (service.wanted > 0 && ready >= service.wanted) return 'ready';
  if (ready > 0) return 'degraded';
  if (all.some((i) => i.crashLoop)) return 'crash-loop';
  if (service.error !== null || has('failed')) return 'failed';
  if (has('unhealthy')) return 'unhealthy';
  if (has('backing-off')) return 'backing-off';
  if (has('starting')) return 'starting';
  if (has('stopping')) return 'stopping';
  if (service.preparing) return 'preparing';
  if (service.wanted === 0) return 'stopped';
  return 'pending';
}

export function readyCount(service: ServiceView): number {
  return Object.values(service.instances).filter((i) => i.phase === 'ready').length;
}
