/**
 * One service: brings its replicas to what is wanted of it. Owns which instances exist, their slots and generations,
 * and the service's availability in the registry.
 *
 * Everything asked for only changes `#desired`; one loop (`#reconcile`) walks towards it in this order, and begins
 * anew whenever the wish changes: wait for dependencies, prepare, remove surplus replicas, add missing ones, replace
 * outdated ones (one slot at a time; start first where the port allows, so that the old one serves until the new
 * one is ready, and goes on serving when it never is).
 */
import { type ErrorData, errorData } from '../model/error.ts';
import type { NewEvent, RolloutReason } from '../model/event.ts';
import { isAtRest, type StopReason } from '../model/instance.ts';
import type { ServiceName } from '../model/names.ts';
import type { ServiceSpec } from '../model/project.ts';
import { waitForDependencies } from './dependency-gate.ts';
import { type Desired, initial, least } from './desired.ts';
import { hasHooks } from './hooks.ts';
import { PreparedOnce } from './prepared.ts';
import { Replicas } from './replicas.ts';
import type { DependencyStatus, Prepared, ServiceParts } from './service-parts.ts';
import { availability, comesUp, dependencyStatus, type Failure } from './service-status.ts';
import { canStandBeside } from './side-by-side.ts';
import type { Supervisor } from './supervisor.ts';

type Rollout = 'none' | 'running' | 'failed';

export class Service {
  readonly name: ServiceName;
  readonly #parts: ServiceParts;
  #desired: Desired;
  /** Of the reconciliation that is under way: aborted when the wish changes. */
  #change = new AbortController();
  readonly #prepared: PreparedOnce;
  #busy: Promise<void> | null = null;
  #again = false;
  #error: Failure | null = null;
  #rollout: Rollout = 'none';
  #rolloutAt = 0;
  #failedGeneration = 0;
  #hurryMs: number | undefined;
  #held = false;
  #begun = false;
  readonly #replicas: Replicas;

  constructor(spec: ServiceSpec, parts: ServiceParts) {
    this.name = spec.name;
    this.#parts = parts;
    this.#prepared = new PreparedOnce(parts.prepare);
    this.#replicas = new Replicas(this.name, parts, {
      current: () => this.#desired,
      held: () => this.#held,
      onChange: () => {
        this.#noteRecovery();
        this.#noteAvailability();
        parts.changed();
      },
    });
    this.#desired = initial(spec);
  }

  get spec(): ServiceSpec {
    return this.#desired.spec;
  }

  get wanted(): number {
    return this.#desired.replicas;
  }

  get enabled(): boolean {
    return this.#desired.enabled;
  }

  get instances(): readonly Supervisor[] {
    return this.#replicas.all;
  }

  get error(): ErrorData | null {
    return this.#error?.error ?? null;
  }

  /** Its last rollout failed: what is outdated was kept. */
  get isBehind(): boolean {
    return this.#rollout === 'failed' && this.instances.some((i) => i.generation < this.#desired.generation);
  }

  /** Whether it was ever asked to run in this run. A service of a profile that nobody activated was not. */
  get begun(): boolean {
    return this.#begun;
  }

  /** What its newest version runs with; null until that is prepared, and when it is not to run. */
  get prepared(): Prepared | null {
    return this.enabled ? this.#prepared.of(this.#desired.generation) : null;
  }

  get ready(): number {
    return this.instances.filter((i) => i.phase === 'ready').length;
  }

  /** As dependants see it. */
  get status(): DependencyStatus {
    const { enabled, replicas } = this.#desired;
    return dependencyStatus(this.instances, { enabled, replicas, broken: this.#error });
  }

  start(options: { replicas?: number; cause?: number; waitForDependencies: boolean }): void {
    const again = this.#desired.enabled;
    this.#hurryMs = undefined;
    this.#begun = true;
    this.#error = null;
    if (!again) {
      this.#prepared.forget();
      // A job that is started again runs again. An instance that is still stopping is let go when it has stopped.
      for (const one of this.instances) if (isAtRest(one.phase)) void this.#replicas.discard(one);
      this.#parts.emit({ type: 'service.started', service: this.name, cause: options.cause });
    }
    this.#wish({
      enabled: true,
      replicas: options.replicas ?? this.#desired.replicas,
      cause: options.cause,
      waitForDependencies: options.waitForDependencies,
    });
    if (!again) return;
    for (const instance of this.instances) {
      if (['backing-off', 'failed', 'completed', 'stopped'].includes(instance.phase)) instance.launch(options.cause);
    }
  }

  /** What waits for another attempt, or has given up, is tried now; what runs or is done is left alone. */
  retry(cause?: number): void {
    if (!this.#desired.enabled) return;
    const waiting = this.instances.filter((i) => i.phase === 'backing-off' || i.phase === 'failed');
    const isShort = this.#error !== null && this.#replicas.size < this.#desired.replicas;
    if (waiting.length === 0 && !isShort) return;
    this.#error = null;
    this.#parts.emit({ type: 'service.started', service: this.name, cause });
    for (const instance of waiting) instance.launch(cause);
    if (isShort) this.#wish({ cause });
  }

  async stop(
    reason: StopReason,
    options: { graceMs?: number | undefined; cause?: number | undefined } = {},
  ): Promise<void> {
    const graceMs = least(options.graceMs, this.#hurryMs);
    this.#wish({ enabled: false, stopReason: reason, graceMs, cause: options.cause });
    await this.settled();
  }

  /** Whatever stops now, or will before the next start, has at most this long. */
  hurry(graceMs: number): void {
    this.#hurryMs = least(graceMs, this.#hurryMs);
    this.#prepared.hurry(graceMs);
    this.#replicas.hurry(graceMs);
  }

  scale(replicas: number, cause?: number): void {
    const from = this.#desired.replicas;
    if (from !== replicas) this.#parts.emit({ type: 'service.scaled', service: this.name, from, to: replicas, cause });
    if (this.#rollout !== 'failed') this.#error = null;
    // One that is not to run has nothing to walk to, and has not stopped again by it.
    if (this.#desired.enabled) this.#wish({ replicas, cause });
    else this.#desired = { ...this.#desired, replicas };
  }

  /** Takes over a definition that differs only in what a running process can take on. */
  update(spec: ServiceSpec): void {
    const reprobe = JSON.stringify(spec.healthcheck) !== JSON.stringify(this.spec.healthcheck);
    this.#desired = { ...this.#desired, spec };
    if (reprobe) for (const instance of this.instances) instance.reprobe();
  }

  /** Replaces every replica, by one of `spec`. */
  replace(options: {
    spec?: ServiceSpec;
    replicas?: number;
    reason: RolloutReason;
    files?: readonly string[];
    cause?: number | undefined;
    /** For the replicas that go, in place of their definition's. */
    graceMs?: number | undefined;
    reuse?: boolean;
  }): void {
    if (!this.#desired.enabled) {
      if (options.spec) this.#desired = { ...this.#desired, spec: options.spec };
      return;
    }
    this.#error = null;
    this.#wish({
      spec: options.spec ?? this.spec,
      replicas: options.replicas ?? this.#desired.replicas,
      generation: this.#desired.generation + 1,
      reason: options.reason,
      files: options.files ?? [],
      graceMs: options.graceMs,
      cause: options.cause,
      waitForDependencies: false,
      reuse: options.reuse ?? false,
    });
  }

  hold(held: boolean): void {
    this.#held = held;
    this.#parts.emit({ type: 'service.held', service: this.name, held });
  }

  killNow(): Promise<void> {
    this.#prepared.killNow();
    return this.#replicas.killNow(this.#desired.stopReason);
  }

  /** Something is under way; when not, it is as wanted, or cannot be made so without a change from outside. */
  get isBusy(): boolean {
    return this.#busy !== null;
  }

  async settled(): Promise<void> {
    while (this.#busy) await this.#busy;
  }

  async dispose(): Promise<void> {
    await Promise.all(this.instances.map((i) => this.#replicas.discard(i)));
  }

  #wish(change: Partial<Desired>): void {
    this.#desired = { ...this.#desired, ...change };
    if (this.#busy) {
      this.#change.abort();
      this.#change = new AbortController();
      this.#again = true;
    } else {
      this.#busy = this.#run();
    }
    this.#noteAvailability();
  }

  async #run(): Promise<void> {
    do {
      this.#again = false;
      const wish = this.#desired;
      const { signal } = this.#change;
      try {
        await this.#reconcile(wish, signal);
      } catch (error) {
        // For another wish it is tried again.
        if (!signal.aborted) this.#failed(wish, errorData(error));
      }
    } while (this.#again);
    this.#busy = null;
    this.#noteRecovery();
    this.#noteAvailability();
    this.#parts.changed();
  }

  async #reconcile(wish: Desired, signal: AbortSignal): Promise<void> {
    if (!wish.enabled) {
      await this.#prepared.abandon(wish.graceMs);
      await Promise.all(this.instances.map((i) => this.#replicas.retire(i, wish.stopReason, wish)));
      this.#rollout = 'none';
      // Started again meanwhile.
      if (signal.aborted) return;
      this.#error = null;
      const { stopReason: reason, cause } = wish;
      this.#parts.emit({ type: 'service.stopped', service: this.name, reason, cause });
      return;
    }
    if (wish.waitForDependencies && this.#replicas.size === 0 && !(await this.#dependenciesMet(wish, signal))) return;
    const outdated = this.instances.filter((i) => i.generation < wish.generation);
    // Its own preparation is not over: it has nothing to give to the new version, and must not be waited for.
    const unlaunched = outdated.filter((i) => i.phase === 'pending');
    await Promise.all(unlaunched.map((i) => this.#replicas.retire(i, 'replaced', wish)));
    if (outdated.length > 0 && this.#failedGeneration !== wish.generation) {
      this.#rollout = 'running';
      this.#rolloutAt = performance.now();
      const { generation, reason, files, cause } = wish;
      this.#parts.emit({ type: 'rollout.started', service: this.name, generation, reason, files, cause });
    }
    await this.#prepared.ensure(wish, signal);
    if (signal.aborted) return;
    await Promise.all(
      this.instances.filter((i) => i.replica > wish.replicas).map((i) => this.#replicas.retire(i, 'scale', wish)),
    );
    if (signal.aborted) return;
    await this.#addMissing(wish, signal);
    if (signal.aborted) return;
    for (const old of outdated) {
      if (signal.aborted || !this.#replicas.has(old)) continue;
      const failure = await this.#replaceOne(old, wish, signal);
      if (signal.aborted) return;
      if (failure) {
        this.#rolloutFailed(wish, failure);
        return;
      }
    }
    if (outdated.length > 0) this.#rolloutFinished(wish);
  }

  /** @returns false when the wish changed meanwhile. */
  async #dependenciesMet(wish: Desired, signal: AbortSignal): Promise<boolean> {
    const met = await waitForDependencies(wish.spec, this.#parts, {
      cause: wish.cause,
      signal,
      anyChange: () => this.#anyChange(signal),
      onBlocked: (failure) => this.#fail(failure),
    });
    if (met) this.#error = null;
    return met;
  }

  #anyChange(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        off();
        signal.removeEventListener('abort', done);
        resolve();
      };
      const off = this.#parts.onAnyChange(done);
      signal.addEventListener('abort', done, { once: true });
      if (signal.aborted) done();
    });
  }

  async #addMissing(wish: Desired, signal: AbortSignal): Promise<void> {
    const taken = new Set(this.instances.map((i) => i.replica));
    const missing = Array.from({ length: wish.replicas }, (_, i) => i + 1).filter((replica) => !taken.has(replica));
    const launch = async (instance: Supervisor): Promise<void> => {
      await this.#replicas.prepare(instance, wish, signal);
      if (!signal.aborted) instance.launch(wish.cause);
    };
    const launches = await Promise.allSettled([
      ...missing.map(async (replica) => launch(await this.#replicas.create(replica, wish, this.#prepared.given))),
      ...this.instances.filter((i) => i.phase === 'stopped' || i.phase === 'pending').map(launch),
    ]);
    for (const one of launches) if (one.status === 'rejected') throw one.reason;
  }

  /** @returns why the new one did not become ready; null when it did, or when the wish changed. */
  async #replaceOne(old: Supervisor, wish: Desired, signal: AbortSignal): Promise<Failure | null> {
    const startFirst = old.phase === 'ready' && old.port !== null && canStandBeside(old.spec, wish.spec);
    // It serves while the new one is being prepared, also where it then has to go before that is launched.
    const prepareFirst = startFirst || (old.phase === 'ready' && hasHooks(wish.spec, { perReplica: true }));
    const retireOld = (): Promise<void> => this.#replicas.retire(old, 'replaced', wish);
    if (!prepareFirst) await retireOld();
    const instance = await this.#replicas.create(old.replica, wish, this.#prepared.given);
    await this.#replicas.prepare(instance, wish, signal);
    if (prepareFirst && !startFirst && !signal.aborted) await retireOld();
    if (!signal.aborted) instance.launch(wish.cause);
    const failure = await comesUp(instance, () => this.#anyChange(signal), signal);
    if (!this.#replicas.has(old)) return failure;
    if (failure || instance.phase !== 'ready') {
      await this.#replicas.retire(instance, failure ? 'withdrawn' : 'replaced', this.#desired);
      return failure;
    }
    await retireOld();
    return null;
  }

  #failed(wish: Desired, error: ErrorData): void {
    const cause = this.#parts.emit({ type: 'preparation.failed', service: this.name, error, cause: wish.cause });
    if (this.#rollout === 'running') this.#rolloutFailed(wish, { error, cause });
    else this.#fail({ error, cause });
  }

  #rolloutFinished({ generation, cause }: Desired): void {
    this.#rollout = 'none';
    this.#error = null;
    const tookMs = Math.round(performance.now() - this.#rolloutAt);
    this.#parts.emit({ type: 'rollout.finished', service: this.name, generation, tookMs, cause });
  }

  /** The new version had the place to itself, and has come up at a later attempt. */
  #noteRecovery(): void {
    if (this.#rollout !== 'failed' || this.#busy || this.isBehind) return;
    const { healthy, completed } = this.status;
    if (healthy || completed) this.#rolloutFinished(this.#desired);
  }

  #rolloutFailed({ generation }: Desired, { error, cause }: Failure): void {
    this.#rollout = 'failed';
    this.#failedGeneration = generation;
    const serving = this.ready > 0;
    this.#noteFailure({ type: 'rollout.failed', service: this.name, generation, error, serving, cause });
  }

  #fail({ error, cause }: Failure): void {
    this.#noteFailure({ type: 'service.blocked', service: this.name, error, cause });
  }

  #noteFailure(event: NewEvent & Pick<Failure, 'error'>): void {
    this.#error = { error: event.error, cause: this.#parts.emit(event) };
    this.#noteAvailability();
    this.#parts.changed();
  }

  #noteAvailability(): void {
    const { enabled, replicas } = this.#desired;
    const state = { enabled, replicas, reloading: this.#rollout === 'running', broken: this.#error !== null };
    this.#parts.registry.setAvailability(this.name, availability(this.instances, state));
  }
}
