/**
 * All services of a project and the order between them. Owns the set of services; each service brings itself to
 * what it is told.
 *
 * Start: every service waits for its own dependencies, so all are told at once. Stop: the reverse; a service is told
 * when nothing that depends on it is left.
 */
import { MsvcError } from '../model/error.ts';
import type { PlanStep, ServiceDefinitionFacts } from '../model/event.ts';
import type { StopReason } from '../model/instance.ts';
import type { ServiceName } from '../model/names.ts';
import type { BalancerKind } from '../model/policy.ts';
import { isOneShot, type ServiceSpec } from '../model/project.ts';
import { restartedWith } from './dependants.ts';
import type { Running } from './drivers/driver.ts';
import { diff, type Wanted } from './plan.ts';
import { Service } from './service.ts';
import type { ServiceParts } from './service-parts.ts';

export type SystemParts = Omit<ServiceParts, 'statusOf' | 'onAnyChange' | 'changed'>;

const ABSENT = { present: false, started: false, healthy: false, completed: false, failed: false } as const;

export class System {
  readonly #parts: ServiceParts;
  readonly #services = new Map<ServiceName, Service>();
  readonly #listeners = new Set<() => void>();

  constructor(parts: SystemParts) {
    this.#parts = {
      ...parts,
      statusOf: (name) => this.#services.get(name)?.status ?? ABSENT,
      onAnyChange: (listener) => this.onAnyChange(listener),
      changed: () => this.#notify(),
    };
  }

  get services(): readonly Service[] {
    return [...this.#services.values()];
  }

  /** @throws MsvcError MSVC_UNKNOWN_SERVICE */
  get(name: string): Service {
    const service = this.#services.get(name as ServiceName);
    if (!service) throw unknownService(name, [...this.#services.keys()]);
    return service;
  }

  plan(wanted: ReadonlyMap<ServiceName, Wanted>): PlanStep[] {
    return diff(this.#services, wanted);
  }

  /** Those named, or all that were asked to run before. @throws MsvcError MSVC_UNKNOWN_SERVICE */
  chosen(names: readonly string[]): Service[] {
    return names.length === 0 ? this.services.filter(({ begun }) => begun) : names.map((name) => this.get(name));
  }

  /**
   * `services`, and before each of them what it cannot start without: its required dependencies that do not run, and
   * theirs. Whom a service merely calls is left as it is: somebody may have stopped that one to see what happens.
   */
  withDependencies(services: readonly Service[]): Service[] {
    const all = new Set<Service>();
    const add = (service: Service): void => {
      if (all.has(service)) return;
      for (const { service: name, required } of service.spec.dependsOn) {
        const needed = this.#services.get(name);
        if (required && needed && !needed.enabled) add(needed);
      }
      all.add(service);
    };
    for (const service of services) add(service);
    return [...all];
  }

  /** Tells every service what is wanted of it now. Resolves when those removed have gone; the rest shows in the events. */
  async apply(
    steps: readonly PlanStep[],
    wanted: ReadonlyMap<ServiceName, Wanted>,
    options: { cause: number; noDeps: boolean; balancer: BalancerKind },
  ): Promise<void> {
    const { cause } = options;
    const removed = steps.filter((step) => step.action === 'remove');
    const rolled = steps.filter((step) => step.action === 'rollout').map((step) => step.service);
    for (const [name, { spec, replicas, run }] of wanted) {
      const before = this.#services.get(name);
      if (!before) this.#services.set(name, new Service(spec, this.#parts));
      this.#parts.emit({
        type: 'service.defined',
        service: name,
        ...definitionFacts(spec, run || !before ? replicas : before.wanted, options.balancer),
        cause,
      });
    }
    for (const { service: name, action, changed, again } of steps) {
      const service = this.#services.get(name);
      const want = wanted.get(name);
      if (!service || !want) continue;
      if (action === 'start') {
        service.update(want.spec);
        service.start({ replicas: want.replicas, cause, waitForDependencies: !options.noDeps });
      } else if (action === 'rollout') {
        const reason = again ? 'retry' : 'definition';
        service.replace({ spec: want.spec, replicas: want.replicas, reason, cause });
      } else if (action === 'scale' || action === 'update' || action === 'restart') {
        service.update(want.spec);
        if (action === 'scale' || changed.includes('replicas')) service.scale(want.replicas, cause);
      }
    }
    void this.#restartDependants(rolled, cause);
    for (const { service: name, action } of steps) if (action === 'keep') this.#services.get(name)?.retry(cause);
    for (const [name, { spec, run }] of wanted) if (!run) this.#services.get(name)?.update(spec);
    await this.#remove(
      removed.map((step) => step.service),
      cause,
    );
    this.#notify();
  }

  /** Reverse dependency order, in parallel where the graph allows. Resolves when all of them are at rest. */
  async stop(
    names: readonly ServiceName[],
    reason: StopReason,
    options: { graceMs?: number | undefined; cause: number },
  ): Promise<void> {
    const stopping = new Map<ServiceName, Promise<void>>();
    const stopOne = (name: ServiceName): Promise<void> => {
      const known = stopping.get(name);
      if (known) return known;
      const service = this.get(name);
      const dependants = this.services.filter(
        (other) => names.includes(other.name) && other.spec.dependsOn.some((d) => d.service === name),
      );
      const done = Promise.all(dependants.map((d) => stopOne(d.name))).then(() => service.stop(reason, options));
      stopping.set(name, done);
      return done;
    };
    await Promise.all(names.map(stopOne));
  }

  /** Stops that are under way, and those that wait for their turn, get at most this long. */
  hurry(graceMs: number, names: readonly ServiceName[] = [...this.#services.keys()]): void {
    for (const name of names) this.get(name).hurry(graceMs);
  }

  /** Rolling; resolves when those have settled that are to be restarted after them. */
  async restart(
    names: readonly ServiceName[],
    options: { noDeps: boolean; cause: number; graceMs?: number | undefined },
  ): Promise<void> {
    const services = names.map((name) => this.get(name));
    for (const service of services) {
      if (service.enabled) service.replace({ reason: 'restart', cause: options.cause, graceMs: options.graceMs });
      else service.start({ cause: options.cause, waitForDependencies: !options.noDeps });
    }
    if (!options.noDeps) await this.#restartDependants(names, options.cause);
  }

  /** @param options.sameImage of a container: its image is not made anew */
  changedFiles(name: ServiceName, files: readonly string[], options: { cause: number; sameImage: boolean }): void {
    const service = this.#services.get(name);
    const { cause, sameImage } = options;
    service?.replace({ reason: 'watch', files, cause, reuse: sameImage && service.spec.run.kind === 'container' });
  }

  /** What runs now, of one service or of all. */
  running(name?: ServiceName): Running[] {
    const services = name === undefined ? this.services : this.services.filter((service) => service.name === name);
    return services.flatMap(({ instances }) => instances.flatMap(({ running }) => running ?? []));
  }

  async killNow(): Promise<number[]> {
    const pids = this.running().map(({ pid }) => pid);
    await Promise.all(this.services.map((service) => service.killNow()));
    return pids;
  }

  onAnyChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async dispose(): Promise<void> {
    await Promise.all(this.services.map((service) => service.dispose()));
  }

  /**
   * `depends_on: { x: { restart: true } }`, as Compose has it: after x was replaced by a command or a new definition, not
   * after a crash; and on to what depends on those in the same way. Each once, when all that it follows have settled.
   * @param names just replaced by this command
   */
  async #restartDependants(names: readonly ServiceName[], cause: number): Promise<void> {
    const following = restartedWith(
      names,
      this.services.filter(({ enabled }) => enabled).map(({ spec }) => spec),
    );
    for (const [service, before] of following) {
      const on = before.map(({ service, condition }) => ({ service, condition }));
      this.#parts.emit({ type: 'service.waiting', service, on, cause });
    }
    const turns = new Map(names.map((name) => [name, this.get(name).settled()]));
    const turnOf = (name: ServiceName): Promise<void> => {
      const known = turns.get(name);
      if (known) return known;
      const before = following.get(name) ?? [];
      const turn = Promise.all(before.map((d) => turnOf(d.service))).then(() => {
        const service = this.get(name);
        service.replace({ reason: 'dependency', cause });
        return service.settled();
      });
      turns.set(name, turn);
      return turn;
    };
    await Promise.all([...following.keys()].map(turnOf));
  }

  async #remove(names: readonly ServiceName[], cause: number): Promise<void> {
    await this.stop(names, 'removed', { cause });
    for (const name of names) {
      await this.get(name).dispose();
      this.#services.delete(name);
      this.#parts.emit({ type: 'service.removed', service: name, cause });
    }
  }

  #notify(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}

function definitionFacts(spec: ServiceSpec, wanted: number, balancer: BalancerKind): ServiceDefinitionFacts {
  return {
    kind: spec.run.kind,
    wanted,
    port: spec.port.kind === 'fixed' ? spec.port.number : spec.port.kind === 'auto' ? 'auto' : null,
    calls: spec.calls,
    dependsOn: spec.dependsOn.map((d) => d.service),
    routes: spec.routes,
    database: spec.database?.path ?? null,
    probe: spec.healthcheck.probe.kind,
    oneShot: isOneShot(spec),
    balancer,
  };
}

function unknownService(name: string, known: readonly string[]): MsvcError {
  return new MsvcError('MSVC_UNKNOWN_SERVICE', `no service ${name}`, { facts: { service: name, known } });
}
