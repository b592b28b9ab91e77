/** The instances of one service: makes them, ends them, and is the only one to know which there are. */
import type { StopReason } from '../model/instance.ts';
import { instanceId, type ServiceName } from '../model/names.ts';
import type { Desired } from './desired.ts';
import { hasHooks, runHooks } from './hooks.ts';
import { PreparedOnce } from './prepared.ts';
import type { Prepared, ServiceParts } from './service-parts.ts';
import { Supervisor } from './supervisor.ts';

export interface ReplicasOptions {
  readonly current: () => Desired;
  readonly held: () => boolean;
  readonly onChange: () => void;
}

export class Replicas {
  readonly #service: ServiceName;
  readonly #parts: ServiceParts;
  readonly #options: ReplicasOptions;
  readonly #instances = new Set<Supervisor>();
  /** Of those that have `pre_start` commands of their own. */
  readonly #prepared = new Map<Supervisor, PreparedOnce>();

  constructor(service: ServiceName, parts: ServiceParts, options: ReplicasOptions) {
    this.#service = service;
    this.#parts = parts;
    this.#options = options;
  }

  get all(): readonly Supervisor[] {
    return [...this.#instances];
  }

  get size(): number {
    return this.#instances.size;
  }

  has(instance: Supervisor): boolean {
    return this.#instances.has(instance);
  }

  /** Another occupant of a slot, not launched yet. @throws MsvcError MSVC_NO_FREE_PORT */
  async create(replica: number, wish: Desired, { image }: Prepared): Promise<Supervisor> {
    const { spec, generation, cause } = wish;
    const { current, held, onChange } = this.#options;
    const port = await this.#parts.claimPort(spec, replica, image);
    const id = instanceId(this.#service, replica, generation);
    const log = this.#parts.openLog(spec, replica);
    const supervisor: Supervisor = new Supervisor({
      id,
      service: this.#service,
      replica,
      generation,
      port,
      driver: this.#parts.driverOf(spec),
      log,
      registry: this.#parts.registry,
      // An old generation keeps what it was started with; the one in force follows changes that need no new process.
      spec: () => (generation === current().generation ? current().spec : spec),
      held,
      movePort: (from) => this.#parts.movePort(spec, from),
      launchRequest: (log, port) => this.#parts.launchRequest(spec, { instance: id, replica, port, image }, log),
      drain: this.#parts.drain,
      emit: this.#parts.emit,
      onChange,
      onSlowStart: (instance) => this.#parts.onSlowStart(spec, instance),
    });
    this.#instances.add(supervisor);
    if (hasHooks(spec, { perReplica: true })) this.#prepared.set(supervisor, this.#hooksOf(supervisor, image));
    this.#parts.emit({
      type: 'instance.created',
      service: this.#service,
      instance: id,
      replica,
      generation,
      port,
      cause,
    });
    return supervisor;
  }

  /**
   * Its own `pre_start` commands; nothing where it has none, or when they have run before. When `signal` aborts they are
   * no longer waited for, and go on. When one fails it is let go.
   * @throws MsvcError MSVC_HOOK_FAILED, or what the driver throws
   */
  async prepare(instance: Supervisor, wish: Desired, signal: AbortSignal): Promise<void> {
    try {
      await this.#prepared.get(instance)?.ensure(wish, signal);
    } catch (error) {
      await this.discard(instance);
      throw error;
    }
  }

  /** What is being stopped, or will be, has at most this long. */
  hurry(graceMs: number): void {
    for (const prepared of this.#prepared.values()) prepared.hurry(graceMs);
    for (const instance of this.#instances) instance.hurry(graceMs);
  }

  async killNow(reason: StopReason): Promise<void> {
    for (const prepared of this.#prepared.values()) prepared.killNow();
    await Promise.all(this.all.filter((i) => i.phase === 'stopping').map((i) => i.kill(reason)));
  }

  /** Stops it and lets it go. A completed job stays visible while its service is stopped. */
  async retire(instance: Supervisor, reason: StopReason, wish: Desired): Promise<void> {
    await this.#prepared.get(instance)?.abandon(wish.graceMs);
    await instance.stop(reason, { graceMs: wish.graceMs, cause: wish.cause });
    // At `down` the engine looks once for what is left of all services.
    if (reason !== 'down') await instance.endStrays();
    if (instance.phase !== 'completed' || wish.enabled) await this.discard(instance);
  }

  /** Forgets one that is at rest, and gives its port back. */
  async discard(instance: Supervisor): Promise<void> {
    if (!this.#instances.delete(instance)) return;
    this.#prepared.delete(instance);
    this.#parts.releasePorts(instance.spec, instance.port);
    const { id, replica } = instance;
    this.#parts.emit({ type: 'instance.removed', service: this.#service, instance: id, replica });
    await instance.dispose();
  }

  #hooksOf(instance: Supervisor, image: Prepared['image']): PreparedOnce {
    const { driverOf, emit, launchRequest } = this.#parts;
    const { id, replica, port, log } = instance;
    return new PreparedOnce(async (spec, cause, ending) => {
      const base = launchRequest(spec, { instance: id, replica, port, image }, log);
      await runHooks(spec, { perReplica: true }, base, { driver: driverOf(spec), emit }, cause, ending);
      return { image };
    });
  }
}
