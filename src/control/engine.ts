/**
 * The engine: one background process a project, the composition root. Wires runtime, registry, gateway, data and
 * logs together; owns the order in which they come up and go down, and the definition that is in force.
 *
 * Down happens in this order and once: leases are ignored, services stop (reverse dependency order), edges and the
 * public port close, logs are flushed, guardian and ledgers are dismissed, whoever asked is answered. The project's files
 * in the user's runtime folder, and this process, go last.
 */
import path from 'node:path';
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import type { Gateway } from '../gateway/gateway.ts';
import { routeTable } from '../gateway/routes/table.ts';
import { beginGateway } from '../gateway/start.ts';
import type { Thread } from '../gateway/thread.ts';
import { MsvcError } from '../model/error.ts';
import type { EventFacts, NewEvent, NoticeCode } from '../model/event.ts';
import type { ServiceName } from '../model/names.ts';
import type { Project, ServiceSpec } from '../model/project.ts';
import { VERSION } from '../model/version.ts';
import { Registry } from '../registry/registry.ts';
import type { Driver, Launchable, LaunchRequest, PreparedImage } from '../runtime/drivers/driver.ts';
import { createPipePool, type PipePool } from '../runtime/drivers/pipes/index.ts';
import { createProcessDriver } from '../runtime/drivers/process.ts';
import { createGuardian, type Guardian } from '../runtime/guardian.ts';
import { type LaunchLedger, openLaunchLedger } from '../runtime/launch-ledger.ts';
import { inheritable, launchEnvironment, type Occupant, type Surroundings } from '../runtime/launch-request.ts';
import { launchRun } from '../runtime/launch-run.ts';
import { listeningSocket } from '../runtime/listening-socket.ts';
import type { InstanceLog } from '../runtime/logs/instance-log.ts';
import { LogStore } from '../runtime/logs/store.ts';
import { processLaunches } from '../runtime/plan.ts';
import { PortLedger } from '../runtime/ports.ts';
import { runtimeDir } from '../runtime/runtime-dir.ts';
import type { Service } from '../runtime/service.ts';
import { sweep, sweepRun } from '../runtime/sweep.ts';
import { System } from '../runtime/system.ts';
import { ContainerHost } from './containers.ts';
import { Edges } from './edges.ts';
import { type Start, wentWrong } from './engine-start.ts';
import { EventFile } from './event-file.ts';
import { EventLog } from './event-log.ts';
import { Faults } from './faults.ts';
import { FileWatch } from './file-watch.ts';
import { claimFixedPorts } from './fixed-ports.ts';
import { newsEvent } from './gateway-news.ts';
import { Leases } from './leases.ts';
import { listensElsewhere } from './listens-elsewhere.ts';
import { tokenPath } from './locate.ts';
import { metricsFace } from './metrics-face.ts';
import { Outsiders } from './outsiders.ts';
import { checkPrograms } from './preflight.ts';
import { Preparation } from './preparation.ts';
import type { Planned, UpParams } from './protocol.ts';
import { PublicPort } from './public-port.ts';
import { portsAhead, replicaPorts } from './replica-ports.ts';
import { Secrets } from './secrets.ts';
import { removeData } from './state-dir.ts';
import { fixedPorts } from './tcp-ports.ts';
import { wantedOf } from './wanted.ts';

export interface EngineOptions extends Start {
  readonly run: string;
  /** The socket of an engine that was killed lay in the way; told once this one is up. */
  readonly staleSocket: boolean;
  /** The gateway's thread, which is coming up already. */
  readonly thread: Thread;
}

/** Called when it is down. @param alone resolves when nothing of it is left but this process */
export type OnGone = (alone: Promise<unknown>) => void;

/** A container engine that hangs does not keep this one from ending. */
const PATIENCE_MS = 15_000;

export class Engine {
  readonly events = new EventLog();
  readonly leases: Leases;
  readonly system: System;
  readonly secrets: Secrets;
  readonly outsiders: Outsiders;
  readonly containers: ContainerHost;
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
  readonly #preparation: Preparation;
  #gateway!: Gateway;
  #edges!: Edges;
  readonly #watch: FileWatch;
  #publicPort!: PublicPort;
  #environment: Readonly<Record<string, string>> = {};
  #colour = false;
  #applying: Promise<unknown> = Promise.resolve();
  #stopping: Promise<number> | null = null;
  #onGone: OnGone = () => {};
  #departing: Promise<unknown> = Promise.resolve();

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
    const metrics = metricsFace(
      () => this.gateway.stats(),
      () => this.events.view,
    );
    const settled = (): Promise<void> => this.gateway.settled();
    const registry = { registry: this.#registry, ports: this.#ports, handlers: [metrics], settled };
    this.outsiders = new Outsiders({ ...registry, emit, tokenFile });
    this.#pipes = createPipePool({ dir: runtimeDir() });
    this.#guardian = createGuardian({ run, onLost: () => this.#notice('guardian-replaced', {}) });
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
    this.containers = new ContainerHost({
      name: options.name,
      stateDir,
      run,
      environment: () => this.#environment,
      emit,
      admit: (service, address) => this.#edges.admit(service, address),
      dismiss: (service, address) => this.#edges.dismiss(service, address),
    });
    this.#preparation = new Preparation({
      emit,
      containers: this.containers,
      driverOf: (spec) => this.driverOf(spec),
      openLog: (spec) => this.#logs.open(spec.name, 1, spec.logging),
      launchRequest: (spec, at, log) => this.launchRequest(spec, at, log),
    });
    this.system = new System({
      registry: this.#registry,
      driverOf: (spec) => this.driverOf(spec),
      emit,
      openLog: (spec, replica) => this.#logs.open(spec.name, replica, spec.logging),
      ...replicaPorts(this.#ports, () => this.project),
      launchRequest: (spec, at, log) => this.launchRequest(spec, at, log),
      drain: (instance, timeoutMs) => this.#gateway.drain(instance, timeoutMs),
      prepare: (spec, cause, ending) => this.#preparation.begin(spec, cause, ending),
      onSlowStart: (spec, instance) => {
        void listensElsewhere(spec, instance).then((facts) => {
          if (facts) this.#notice('listens-elsewhere', facts, spec.name);
        });
      },
    });
    this.#watch = new FileWatch({ system: this.system, containers: this.containers, emit });
  }

  /** @throws MsvcError MSVC_STATE_UNWRITABLE, MSVC_DISK_FULL, ... */
  static async start(options: EngineOptions, onGone: OnGone): Promise<Engine> {
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
    // Its thread begins while the rest does, and is waited for where it is needed.
    engine.#gateway = beginGateway({
      registry: engine.#registry,
      workerFile: new URL('../gateway/worker.cjs', import.meta.url),
      thread: options.thread,
      openSocket: listeningSocket,
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

  up(params: UpParams): Promise<Planned> {
    return this.#inTurn(() => this.#apply(params));
  }

  down(
    reason: EventFacts['engine.stopping']['reason'],
    options: { timeoutMs?: number | undefined; volumes?: boolean },
  ): Promise<number> {
    // For stops that are under way as well, be they of an earlier command.
    if (options.timeoutMs !== undefined) this.system.hurry(options.timeoutMs);
    // It goes whatever happens, or nobody could end an engine that only says that it is stopping. The answer goes first.
    const go = (): void => void nextTurn().then(() => this.#onGone(this.#departing));
    this.#stopping ??= this.#down(reason, options).finally(go);
    // A signal, or the end of a lease, waits for no answer: what goes wrong is written to the engine's log.
    this.#stopping.catch((error: Error) => process.stderr.write(wentWrong(error)));
    return this.#stopping;
  }

  launchRequest(spec: ServiceSpec, at: Occupant, log: InstanceLog): LaunchRequest {
    return { log, ...this.launchable(spec, at) };
  }

  launchable(spec: ServiceSpec, at: Occupant): Launchable {
    const environment = launchEnvironment(spec, at, this.surroundings(spec));
    return {
      instance: at.instance,
      service: spec.name,
      replica: at.replica,
      run: launchRun(spec, at, environment, this.secrets.files),
      environment,
      place: spec.places.command ?? spec.places.image ?? spec.places.build,
    };
  }

  driverOf({ run }: ServiceSpec): Driver {
    return run.kind === 'process' ? this.#driver : this.containers.driver;
  }

  surroundings(spec: ServiceSpec): Surroundings {
    return {
      network: this.containers.networkOf(spec),
      project: this.#options.name,
      run: this.#options.run,
      inherited: this.#environment,
      gatewayUrl: this.gatewayUrl,
      ...this.#edges.around(spec),
      secretFiles: this.secrets.files,
      colour: this.#colour,
    };
  }

  /** For a command in a container of its own: the image that the service's instances run, else made or pulled now. */
  async imageFor(service: Service, cause: number, signal: AbortSignal): Promise<PreparedImage | null> {
    await this.#inTurn(() => this.#loadContainers(service.spec, cause));
    const { image } = service.prepared ?? (await this.#preparation.withoutHooks(service.spec, cause, signal));
    return image;
  }

  async migrate(spec: ServiceSpec, cause: number): Promise<readonly string[]> {
    return spec.database ? (await this.#preparation.database(spec, cause)).applied : [];
  }

  /** What changes which parts there are: one at a time, in the order asked. @throws MsvcError MSVC_STOPPING */
  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const done = this.#applying.then(() => {
      this.#refuseToBegin();
      return act();
    });
    this.#applying = done.catch(() => {});
    return done;
  }

  #refuseToBegin(): void {
    if (this.#stopping) throw new MsvcError('MSVC_STOPPING', 'the system is stopping');
  }

  /** For a service that nobody has asked to run. */
  async #loadContainers(spec: ServiceSpec, cause: number): Promise<void> {
    if (this.containers.loaded || !this.project) return;
    await this.containers.follow(this.project, [spec]);
    await this.#edges.follow(this.project, this.containers.loadedHost, this.#publicPort.port, cause);
  }

  async #apply(params: UpParams): Promise<Planned> {
    const { project } = params;
    const wanted = wantedOf(params, this.secrets.changes(project.secrets));
    const steps = this.system.plan(wanted);
    if (params.dryRun) return { steps, seq: this.events.seq };
    this.#environment = inheritable(params.environment);
    this.#colour = params.colour;
    this.secrets.provide(project.secrets);
    checkPrograms(steps, wanted, this.#driver, (spec) => this.surroundings(spec));
    this.#ports.avoid(fixedPorts(project));
    const chosen = [...wanted.values()].filter((want) => want.run).map((want) => want.spec);
    // The gateway's thread comes up meanwhile, and takes what it is told then.
    this.#ports.foresee(portsAhead(project, steps, wanted));
    await this.containers.follow(project, chosen);
    const listening = this.#publicPort.open(project);
    listening.catch(() => {});
    if (!this.project) this.#edges.foresee(project);
    // In which ports are claimed, and the thread is told of them: before this one is held up, where launches are forks.
    for (let turns = 0; turns < 2; turns++) await nextTurn();
    const launches = processLaunches(steps, wanted);
    if (launches > 0) this.#guardian.begin();
    this.#pipes.reserve(2 * launches);
    await listening;
    await this.outsiders.follow(project);
    await claimFixedPorts(this.#ports, steps, wanted, this.system);
    this.#refuseToBegin();
    const cause = this.events.emit({
      type: 'command.received',
      command: 'up',
      services: steps.filter((s) => s.action !== 'keep').map((s) => s.service),
      facts: { files: project.files },
    });
    this.project = project;
    await this.#edges.follow(project, this.containers.loadedHost, this.#publicPort.port, cause);
    this.#refuseToBegin();
    this.faults.follow(project, cause);
    const table = routeTable(project);
    this.#gateway.setRoutes(table);
    this.events.emit({ type: 'route.changed', routes: table.routes, cause });
    this.events.emit({ type: 'project.applied', name: project.name, dir: project.dir, steps, cause });
    // In the same turn it is told what begins below: what is answered holds for the next request.
    const settled = this.#gateway.settled();
    await this.system.apply(steps, wanted, { cause, noDeps: params.noDeps, balancer: project.gateway.balancer });
    this.#watch.follow(project);
    await Promise.all([settled, this.#gateway.started]);
    return { steps, seq: cause };
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
    const began = performance.now();
    const cause = this.events.emit({ type: 'engine.stopping', reason });
    this.#ports.ending();
    await this.#watch.close();
    await this.system.stop(
      this.system.services.map((service) => service.name),
      'down',
      { graceMs: options.timeoutMs, cause },
    );
    // An `up` that is under way could still make what is about to be taken away: it is waited for.
    await Promise.race([this.#applying, pause(PATIENCE_MS)]);
    await this.outsiders.close();
    const closed = this.#gateway.close({ leaving: true });
    await this.system.dispose();
    this.faults.dispose();
    await this.#logs.close().then(() => this.#pipes.close());
    await this.containers.close({ volumes: options.volumes ?? false });
    this.events.emit({ type: 'engine.stopped', tookMs: Math.round(performance.now() - began), cause });
    // It goes out with the turn: whoever shows the last of it does that while the rest is done here.
    await nextTurn();
    // What has left its group unseen still bears the mark of this run. Nothing is left to guard then, or to be found.
    const dismissed = sweepRun(this.#options.run).then(async () => {
      const gone = this.#guardian.close();
      await this.#ledger.close();
      return { gone };
    });
    await Promise.all([closed.then(() => this.#ports.close()), dismissed]);
    // These take a moment to end, in which the rest can be done.
    this.#departing = Promise.all([this.#gateway.ended(), (await dismissed).gone]);
    this.secrets.clear();
    await this.#past.close();
    if (options.volumes) {
      this.#past.remove();
      removeData(this.#options.stateDir);
    }
    return this.events.seq;
  }
}
