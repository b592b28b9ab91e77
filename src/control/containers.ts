/**
 * The engine's side of the container part: loads it when a definition has containers, never otherwise. Owns whether it
 * is loaded, and two marks in the state folder by which a later command knows that an engine may hold something of
 * this project, and where that engine is: `run/containers` while containers, a network or built tags may be there,
 * `run/volumes` while named volumes are kept. A mark goes when all of its kind is known to have gone.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { MsvcError } from '../model/error.ts';
import type { NewEvent } from '../model/event.ts';
import type { ServiceName } from '../model/names.ts';
import type { Project, ServiceSpec, WatchRule } from '../model/project.ts';
import type { HostSide } from '../runtime/drivers/container/address.ts';
import type { Containers } from '../runtime/drivers/container/index.ts';
import type { Stuck } from '../runtime/drivers/container/sweep.ts';
import type { Driver, PreparedImage } from '../runtime/drivers/driver.ts';
import { livingRun } from '../runtime/launch-ledger.ts';
import { LOCAL_NETWORK, type Surroundings } from '../runtime/launch-request.ts';
import type { InstanceLog } from '../runtime/logs/instance-log.ts';
import type { System } from '../runtime/system.ts';

export interface ContainerHostParts {
  readonly name: string;
  readonly stateDir: string;
  readonly run: string;
  readonly environment: () => Readonly<Record<string, string>>;
  readonly emit: (event: NewEvent) => number;
  readonly admit: (service: string, address: string) => Promise<void>;
  readonly dismiss: (service: string, address: string) => Promise<void>;
}

export class ContainerHost {
  readonly #parts: ContainerHostParts;
  #loaded: Containers | null = null;

  constructor(parts: ContainerHostParts) {
    this.#parts = parts;
  }

  /** Null while nothing needs it. */
  get loaded(): Containers | null {
    return this.#loaded;
  }

  /** How containers reach this machine; null while there are none. */
  get loadedHost(): HostSide | null {
    return this.#loaded?.host ?? null;
  }

  /** @throws MsvcError MSVC_CONTAINERS_UNAVAILABLE, MSVC_CONTAINERS_REMOTE, MSVC_VOLUME_MISSING */
  async follow(project: Project, chosen: Iterable<ServiceSpec>): Promise<void> {
    const { name, stateDir, run, environment, emit, admit, dismiss } = this.#parts;
    if (!this.#loaded) {
      await this.#sweepLeft(false);
      if (![...chosen].some((spec) => spec.run.kind === 'container')) return;
      const { Containers, endpointOf } = await import('../runtime/drivers/container/index.ts');
      const engine = endpointOf(environment()).name;
      const known = enginesOf(stateDir, 'containers').includes(engine);
      setMark(stateDir, 'containers', engine);
      try {
        this.#loaded = await Containers.open({ project: name, stateDir, run, environment, emit, admit, dismiss });
      } catch (error) {
        const untouched = (error as MsvcError).code === 'MSVC_CONTAINERS_UNAVAILABLE';
        if (untouched && !known) clearMark(stateDir, 'containers', engine);
        throw error;
      }
    }
    if (Object.values(project.volumes).some((volume) => !volume.external)) {
      setMark(stateDir, 'volumes', this.#loaded.engine);
    }
    await this.#loaded.follow(project);
  }

  /** @throws Error when a container is asked for and no definition had one */
  get driver(): Driver {
    if (!this.#loaded) throw new Error('the container part has not been loaded');
    return this.#loaded.driver;
  }

  /** How an instance of this service sees this machine. */
  networkOf({ run }: ServiceSpec): Surroundings['network'] {
    if (run.kind === 'process' || !this.#loaded) return LOCAL_NETWORK;
    return { listen: '0.0.0.0', gateway: this.#loaded.host.name };
  }

  async prepare(
    spec: ServiceSpec,
    log: () => InstanceLog,
    options: { cause: number | undefined; signal: AbortSignal },
  ): Promise<PreparedImage | null> {
    if (spec.run.kind !== 'container' || !this.#loaded) return null;
    const opened = log();
    try {
      return await this.#loaded.prepare(spec, { ...options, log: opened });
    } finally {
      await opened.close();
    }
  }

  /** Copies changed files into the containers of a service. What they do not take is told, not thrown. */
  async sync(
    system: System,
    name: ServiceName,
    rule: WatchRule,
    files: readonly string[],
    cause: number,
  ): Promise<void> {
    const ids = system.running(name).flatMap(({ container }) => container ?? []);
    const told = files.slice(0, 20);
    try {
      const containers = (await this.#loaded?.sync(rule, files, ids)) ?? 0;
      this.#parts.emit({ type: 'files.synced', service: name, files: told, count: files.length, containers, cause });
    } catch (error) {
      const facts = { files: told, message: (error as Error).message };
      this.#parts.emit({ type: 'engine.noticed', code: 'sync-failed', service: name, facts, cause });
    }
  }

  /** Everything of the project in the engine goes, but what the user asked to keep. What cannot go is told, not thrown. */
  async close(options: { volumes: boolean }): Promise<void> {
    const { stateDir } = this.#parts;
    if (this.#loaded) {
      const { engine } = this.#loaded;
      if (!(await this.#loaded.close(options))) return;
      clearMark(stateDir, 'containers', engine);
      if (options.volumes) clearMark(stateDir, 'volumes', engine);
    } else if (options.volumes) await this.#sweepLeft(true);
  }

  async #sweepLeft(volumes: boolean): Promise<void> {
    const { stateDir, environment, emit } = this.#parts;
    try {
      const { removed, stuck } = await sweepMarked(stateDir, environment(), { volumes, livingRun: () => null });
      if (removed.length > 0) emit({ type: 'engine.noticed', code: 'containers-swept', facts: { names: removed } });
      if (stuck) emit({ type: 'engine.noticed', code: 'containers-stuck', facts: stuck });
    } catch (error) {
      emit({ type: 'engine.noticed', code: 'containers-left', facts: { message: (error as Error).message } });
    }
  }
}

export interface SweptLeft {
  /** Names of containers. */
  readonly removed: readonly string[];
  /** Facts of the notice `containers-stuck`; null: everything went. */
  readonly stuck: { readonly names: string[]; readonly message: string } | null;
}

/**
 * Removes what a killed engine of msvc has left in the container engine, if a mark says that there may be something: in
 * the one that the mark names, whichever is in use now. For a command that has found no engine running; one that begins
 * meanwhile keeps what it makes.
 * @throws MsvcError MSVC_CONTAINERS_UNAVAILABLE
 */
export function sweepLeft(
  stateDir: string,
  environment: Readonly<Record<string, string | undefined>>,
  volumes: boolean,
): Promise<SweptLeft> {
  return sweepMarked(stateDir, environment, { volumes, livingRun: () => livingRun(stateDir) });
}

/** @param options.livingRun of another engine of this project; null: there is none */
async function sweepMarked(
  stateDir: string,
  environment: Readonly<Record<string, string | undefined>>,
  { volumes, livingRun }: { volumes: boolean; livingRun: () => string | null },
): Promise<SweptLeft> {
  const marks = volumes ? (['containers', 'volumes'] as const) : (['containers'] as const);
  const engines = new Set(marks.flatMap((name) => enginesOf(stateDir, name)));
  if (engines.size === 0) return { removed: [], stuck: null };
  const { factsOf, sweepContainers } = await import('../runtime/drivers/container/index.ts');
  const removed: string[] = [];
  const stuck: Stuck[] = [];
  for (const engine of engines) {
    const there = { ...environment, DOCKER_HOST: engine };
    const swept = await sweepContainers({ stateDir, environment: there, volumes, livingRun });
    removed.push(...swept.removed);
    stuck.push(...swept.stuck);
    if (swept.stuck.length > 0 || livingRun() !== null) continue;
    for (const name of marks) clearMark(stateDir, name, engine);
  }
  return { removed, stuck: stuck.length > 0 ? factsOf(stuck) : null };
}

function mark(stateDir: string, name: 'containers' | 'volumes'): string {
  return path.join(stateDir, 'run', name);
}

/** @param engine where it is, as in DOCKER_HOST; beside others, which may still hold something */
function setMark(stateDir: string, name: 'containers' | 'volumes', engine: string): void {
  mkdirSync(path.join(stateDir, 'run'), { recursive: true });
  writeFileSync(mark(stateDir, name), [...new Set([...enginesOf(stateDir, name), engine])].join('\n'));
}

function clearMark(stateDir: string, name: 'containers' | 'volumes', engine: string): void {
  const others = enginesOf(stateDir, name).filter((one) => one !== engine);
  if (others.length > 0) writeFileSync(mark(stateDir, name), others.join('\n'));
  else rmSync(mark(stateDir, name), { force: true });
}

function enginesOf(stateDir: string, name: 'containers' | 'volumes'): string[] {
  const file = mark(stateDir, name);
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
}
