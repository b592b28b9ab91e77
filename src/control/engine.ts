/**
 * The engine: one background process a project, the composition root. Wires runtime, registry, gateway, data and
 * logs together; owns the order in which they come up and go down, and the definition that is in force.
 *
 * Down happens in this order and once: leases are ignored, services stop (reverse dependency order), edges and the
 * public port close, logs are flushed, guardian and ledgers are dismissed, the socket's file goes last.
 */
import { rmSync } from 'node:fs';
import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { prepareDatabase } from '../data/index.ts';
import type { Gateway } from '../gateway/gateway.ts';
import { routeTable } from '../gateway/routes/table.ts';
import { startGateway } from '../gateway/start.ts';
import { MsvcError } from '../model/error.ts';
import type { EventFacts, NewEvent, NoticeCode, PlanStep } from '../model/event.ts';
import type { ServiceName } from '../model/names.ts';
import type { Project, ServiceSpec } from '../model/project.ts';
import { select } from '../model/select.ts';
import { VERSION } from '../model/version.ts';
import { Registry } from '../registry/registry.ts';
import type { Driver, LaunchRequest } from '../runtime/drivers/driver.ts';
import { createPipePool, type PipePool } from '../runtime/drivers/pipes.ts';
import { createProcessDriver } from '../runtime/drivers/process.ts';
import { type Guardian, startGuardian } from '../runtime/guardian.ts';
import { runHooks } from '../runtime/hooks.ts';
import { type LaunchLedger, openLaunchLedger } from '../runtime/launch-ledger.ts';
import {
  filledCommand,
  flatten,
  givenEnvironment,
  type Occupant,
  type Surroundings,
} from '../runtime/launch-request.ts';
import type { InstanceLog } from '../runtime/logs/instance-log.ts';
import { LogStore } from '../runtime/logs/store.ts';
import type { Wanted } from '../runtime/plan.ts';
import { PortLedger } from '../runtime/ports.ts';
import { runtimeDir } from '../runtime/runtime-dir.ts';
import { sweep, sweepRun } from '../runtime/sweep.ts';
import { System } from '../runtime/system.ts';
import { createWatcher, type Watcher } from '../runtime/watch/watcher.ts';
import { Edges } from './edges.ts';
import { EventFile } from './event-file.ts';
import { EventLog } from './event-log.ts';
import { Faults } from './faults.ts';
import { newsEvent } from './gateway-news.ts';
import { Leases } from './leases.ts';
import { listensElsewhere } from './listens-elsewhere.ts';
import { tokenPath } from './locate.ts';
import { Outsiders } from './outsiders.ts';
import { checkPrograms } from './preflight.ts';
import type { Result, UpParams } from './protocol.ts';
import { PublicPort } from './public-port.ts';
import { Secrets } from './secrets.ts';
import { prepareStateDir } from './state-dir.ts';
import { fixedPorts } from './tcp-ports.ts';

export interface EngineOptions {
  readonly name: string;
  readonly dir: string;
  readonly stateDir: string;
  readonly file: string;
  readonly run: string;
  /** Said once it is up: stale files it found. */
  readonly staleSocket: boolean;
}

export class Engine {
  readonly events = new EventLog();
  readonly leases: Leases;
  readonly system: System;
  readonly secrets: Secrets;
  readonly outsiders: Outsiders;
  faults!: Faults;
  project: Project | null = null;
  readonly #options: EngineOptions;
  readonly #registry = new Registry();
  readonly #ports: PortLedger;
  readonly #pipes: PipePool;
  readonly #guardian: Guardian;
  readonly #ledger: LaunchLedger;
  readonly #past: EventFile;
  readonly #logs: LogStore;
  readonly #driver: Driver;
  #gateway!: Gateway;
  #edges!: Edges;
  #watcher: Watcher | null = null;
  #publicPort!: PublicPort;
  #environment: Readonly<Record<string, string>> = {};
  #colour = false;
  #applying: Promise<unknown> = Promise.resolve();
  #stopping: Promise<number> | null = null;
  #onGone: () => void = () => {};

  private constructor(options: EngineOptions) {
    const { stateDir, run } = options;
    this.#options = options;
    const writeFailed = (error: Error): void => this.#notice('state-write-failed', { message: error.message });
    this.secrets = new Secrets(stateDir);
    this.events.maskWith(this.secrets);
    this.#past = new EventFile({ stateDir, view: () => this.events.view, onFailed: writeFailed });
    this.events.recordWith((line) => this.#past.add(line));
    this.leases = new Leases(this.events, () => void this.down('lease-ended', {}));
    this.#ports = new PortLedger({ runtimeDir: runtimeDir(), stateDir, onWriteFailed: writeFailed });
    const emit = (event: NewEvent): number => this.events.emit(event);
    const tokenFile = tokenPath(options.name, options.dir);
    this.outsiders = new Outsiders({ registry: this.#registry, ports: this.#ports, emit, tokenFile, handlers: [] });
    this.#pipes = createPipePool({ dir: runtimeDir() });
    this.#guardian = startGuardian({ run, onLost: () => this.#notice('guardian-replaced', {}) });
    this.#ledger = openLaunchLedger({ stateDir, run, onWriteFailed: writeFailed });
    this.#logs = new LogStore({
      dir: path.join(stateDir, 'logs'),
      onError: (facts) => this.#notice('log-write-failed', facts, facts.service),
    });
    this.#driver = createProcessDriver({
      pipes: this.#pipes,
      guardian: this.#guardian,
      ledger: this.#ledger,
      onForeign: ({ service }, members) =>
        this.#notice('left-group', { processes: members.map(({ pid, command }) => `${pid} ${command}`) }, service),
    });
    this.system = new System({
      registry: this.#registry,
      driver: this.#driver,
      emit,
      openLog: (spec, replica) => this.#logs.open(spec.name, replica, spec.logging),
      claimPort: (spec, replica) => this.#claimPort(spec, replica),
      releasePort: (spec, port) => {
        if (spec.port.kind === 'auto') this.#ports.release(port);
      },
      launchRequest: (spec, at, log) => this.launchRequest(spec, at, log),
      drain: (instance, timeoutMs) => this.#gateway.drain(instance, timeoutMs),
      prepare: (spec, cause, signal) => this.#prepare(spec, cause, signal),
      onSlowStart: (spec, instance) => {
        void listensElsewhere(spec, instance).then((facts) => {
          if (facts) this.#notice('listens-elsewhere', facts, spec.name);
        });
      },
    });
  }

  /** @throws MsvcError MSVC_STATE_UNWRITABLE, MSVC_DISK_FULL, ... */
  static async start(options: EngineOptions, onGone: () => void): Promise<Engine> {
    prepareStateDir(options.stateDir);
    const swept = await sweep({ stateDir: options.stateDir });
    const engine = new Engine(options);
    engine.#onGone = onGone;
    engine.events.emit({
      type: 'engine.started',
      pid: process.pid,
      version: VERSION,
      run: options.run,
      swept: swept.map((one) => one.pid),
    });
    if (options.staleSocket) engine.#notice('stale-socket-cleaned', {});
    if (swept.length > 0) {
      const facts = { pids: swept.map((one) => `${one.pid} ${one.command}`) };
      engine.#notice('leftovers-swept', facts);
    }
    engine.#gateway = await startGateway({
      registry: engine.#registry,
      workerFile: new URL('../gateway/worker.js', import.meta.url),
      onSuspect: (instance) => engine.#suspect(instance),
      onNews: (news) => void engine.events.emit(newsEvent(news)),
      onLost: (message) => void engine.events.emit({ type: 'gateway.lost', message }),
      onRestored: () => engine.#publicPort.announce(),
    });
    const emit = engine.events.emit.bind(engine.events);
    engine.#publicPort = new PublicPort({ gateway: engine.#gateway, ports: engine.#ports, emit });
    engine.#edges = new Edges({ gateway: engine.#gateway, ports: engine.#ports, emit });
    engine.faults = new Faults({ gateway: engine.#gateway, emit });
    return engine;
  }

  get gateway(): Gateway {
    return this.#gateway;
  }

  get gatewayUrl(): string | null {
    return this.#publicPort.url;
  }

  get isStopping(): boolean {
    return this.#stopping !== null;
  }

  /** One at a time, in the order asked. */
  up(params: UpParams): Promise<Result<'up'>> {
    const done = this.#applying.then(() => this.#apply(params));
    this.#applying = done.catch(() => {});
    return done;
  }

  down(
    reason: EventFacts['engine.stopping']['reason'],
    options: { timeoutMs?: number | undefined; volumes?: boolean },
  ): Promise<number> {
    if (this.#stopping && options.timeoutMs !== undefined) this.system.hurry(options.timeoutMs);
    this.#stopping ??= this.#down(reason, options);
    return this.#stopping;
  }

  launchRequest(spec: ServiceSpec, at: Occupant, log: InstanceLog): LaunchRequest {
    const environment = flatten(givenEnvironment(spec, at, this.surroundings(spec)));
    return {
      instance: at.instance,
      service: spec.name,
      replica: at.replica,
      command: filledCommand(spec.command, environment),
      workingDir: spec.workingDir,
      environment,
      log,
      place: spec.places.command,
    };
  }

  surroundings(spec: ServiceSpec): Surroundings {
    return {
      project: this.#options.name,
      run: this.#options.run,
      inherited: this.#environment,
      gatewayUrl: this.gatewayUrl,
      ...this.#edges.around(spec.name),
      secretFiles: this.secrets.files,
      colour: this.#colour,
    };
  }

  async migrate(spec: ServiceSpec, cause: number): Promise<readonly string[]> {
    return spec.database ? (await this.#prepareDatabase(spec, cause)).applied : [];
  }

  async #apply(params: UpParams): Promise<Result<'up'>> {
    if (this.#stopping) throw new MsvcError('MSVC_STOPPING', 'the system is stopping');
    const { project } = params;
    const wanted = this.#wanted(params);
    const steps = this.system.plan(wanted);
    if (params.dryRun) return { steps, seq: this.events.seq, view: this.events.view };
    this.#environment = params.environment;
    this.#colour = params.colour;
    this.secrets.provide(project.secrets);
    checkPrograms(steps, wanted, this.#driver, (spec) => this.surroundings(spec));
    this.#ports.avoid(fixedPorts(project));
    await this.#publicPort.open(project);
    await this.outsiders.follow(project);
    await this.#claimFixedPorts(steps, wanted);
    const cause = this.events.emit({
      type: 'command.received',
      command: 'up',
      services: steps.filter((s) => s.action !== 'keep').map((s) => s.service),
      facts: { files: project.files },
    });
    this.project = project;
    await this.#edges.follow(project, cause);
    this.faults.follow(project, cause);
    const table = routeTable(project);
    this.#gateway.setRoutes(table);
    this.events.emit({ type: 'route.changed', routes: table.routes, cause });
    this.events.emit({ type: 'project.applied', name: project.name, dir: project.dir, steps, cause });
    this.#pipes.reserve(2 * steps.reduce((sum, step) => sum + (step.to ?? 1), 0));
    await this.system.apply(steps, wanted, { cause, noDeps: params.noDeps, balancer: project.gateway.balancer });
    await this.#watch(project);
    return { steps, seq: cause, view: this.events.view };
  }

  #wanted(params: UpParams): Map<ServiceName, Wanted> {
    const { project, scale, restartOff = [] } = params;
    const chosen = new Set<string>(select(project, params).services);
    const wanted = new Map<ServiceName, Wanted>();
    for (const given of Object.values(project.services)) {
      const spec = restartOff.includes(given.name) ? { ...given, restart: { policy: 'no' as const } } : given;
      wanted.set(spec.name, { spec, replicas: scale[spec.name] ?? spec.replicas, run: chosen.has(spec.name) });
    }
    return wanted;
  }

  /** All of them before anything starts: a taken one is an error that leaves what runs as it is. */
  async #claimFixedPorts(steps: readonly PlanStep[], wanted: ReadonlyMap<ServiceName, Wanted>): Promise<void> {
    const claimed: number[] = [];
    for (const { service, action, changed } of steps) {
      const spec = wanted.get(service)?.spec;
      if (spec?.port.kind !== 'fixed') continue;
      if (action !== 'start' && !(action === 'rollout' && changed.includes('port'))) continue;
      try {
        await this.#ports.claimFixed(spec.port.number, { service, place: spec.places.port });
        claimed.push(spec.port.number);
      } catch (error) {
        for (const port of claimed) this.#ports.release(port);
        throw error;
      }
    }
  }

  async #claimPort(spec: ServiceSpec, replica: number): Promise<number | null> {
    if (spec.port.kind === 'none') return null;
    return spec.port.kind === 'fixed' ? spec.port.number : this.#ports.claim(`${spec.name}.${replica}`);
  }

  async #prepare(spec: ServiceSpec, cause: number | undefined, signal: AbortSignal): Promise<void> {
    if (spec.database) await this.#prepareDatabase(spec, cause, signal);
    if (spec.preStart.length === 0 || signal.aborted) return;
    const log = this.#logs.open(spec.name, 1, spec.logging);
    try {
      const at = { instance: `${spec.name}.hook` as Occupant['instance'], replica: 1, port: null };
      const parts = { driver: this.#driver, emit: this.events.emit.bind(this.events) };
      await runHooks(spec, this.launchRequest(spec, at, log), parts, cause, signal);
    } finally {
      await log.close();
    }
  }

  #prepareDatabase(
    spec: ServiceSpec,
    cause: number | undefined,
    signal?: AbortSignal,
  ): Promise<{ readonly applied: readonly string[] }> {
    return prepareDatabase({
      service: spec.name,
      spec: spec.database!,
      workerFile: new URL('../data/worker.js', import.meta.url),
      places: spec.places,
      ...(signal && { signal }),
      onApplied: ({ kind, file, tookMs }) => {
        this.events.emit({ type: `${kind}.applied`, service: spec.name, file: path.basename(file), tookMs, cause });
      },
    });
  }

  async #watch(project: Project): Promise<void> {
    const rules = Object.values(project.services).flatMap((spec) =>
      spec.watch.map((rule) => ({ service: spec.name, rule })),
    );
    if (this.#watcher) {
      this.#watcher.update(rules);
      return;
    }
    if (rules.length === 0) return;
    this.#watcher = createWatcher({
      rules,
      onChange: (service, _rule, files) => {
        const name = service as ServiceName;
        const event = { type: 'watch.changed', service: name, files: files.slice(0, 20), count: files.length } as const;
        const cause = this.events.emit(event);
        this.system.changedFiles(name, files, cause);
      },
      onError: (facts) => this.#notice('watch-failed', facts),
    });
  }

  #notice(code: NoticeCode, facts: EventFacts['engine.noticed']['facts'], service?: string): void {
    const about = service === undefined ? {} : { service: service as ServiceName };
    this.events.emit({ type: 'engine.noticed', code, ...about, facts });
  }

  #suspect(instance: string): void {
    for (const service of this.system.services) service.instances.find((i) => i.id === instance)?.suspect();
  }

  async #down(
    reason: EventFacts['engine.stopping']['reason'],
    options: { timeoutMs?: number | undefined; volumes?: boolean },
  ): Promise<number> {
    const cause = this.events.emit({ type: 'engine.stopping', reason });
    await this.#watcher?.close();
    await this.system.stop(
      this.system.services.map((service) => service.name),
      'down',
      { graceMs: options.timeoutMs, cause },
    );
    await this.outsiders.close();
    await this.system.dispose();
    this.faults.dispose();
    await this.#gateway.close();
    await this.#logs.close();
    await this.#pipes.close();
    // What had left its group without our knowing is still marked as of this run.
    await sweepRun(this.#options.run);
    await this.#guardian.close();
    this.#ledger.close();
    this.#ports.close();
    this.secrets.clear();
    await this.#past.close();
    if (options.volumes) this.#removeData();
    // The answer to whoever asked goes out before the socket does.
    void nextTurn().then(() => this.#onGone());
    return this.events.seq;
  }

  #removeData(): void {
    this.#past.remove();
    for (const folder of ['data', 'logs']) {
      rmSync(path.join(this.#options.stateDir, folder), { recursive: true, force: true });
    }
  }
}
