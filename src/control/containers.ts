/**
 * The engine's side of the container part: loads it when a definition has containers, never otherwise. Owns whether it
 * is loaded, and two marks in the state folder by which a later command knows that an engine may hold something of
 * this project: `run/containers` while containers may run, `run/volumes` while named volumes are kept.
 */
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { NewEvent } from '../model/event.ts';
import type { ServiceName } from '../model/names.ts';
import type { Project, ServiceSpec, WatchRule } from '../model/project.ts';
import type { HostSide } from '../runtime/drivers/container/address.ts';
import type { Containers } from '../runtime/drivers/container/index.ts';
import type { Driver, PreparedImage } from '../runtime/drivers/driver.ts';
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
    const needed = [...chosen].some((spec) => spec.run.kind === 'container');
    if (!this.#loaded && !needed && !existsSync(mark(this.#parts.stateDir, 'containers'))) return;
    if (!this.#loaded) {
      const { name, stateDir, run, environment, emit, admit, dismiss } = this.#parts;
      const { Containers } = await import('../runtime/drivers/container/index.ts');
      setMark(stateDir, 'containers', environment().DOCKER_HOST ?? '');
      this.#loaded = await Containers.open({ project: name, stateDir, run, environment, emit, admit, dismiss });
    }
    if (Object.values(project.volumes).some((volume) => !volume.external)) {
      setMark(this.#parts.stateDir, 'volumes', this.#parts.environment().DOCKER_HOST ?? '');
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

  /** Copies changed files into the containers of a service. */
  async sync(
    system: System,
    name: ServiceName,
    rule: WatchRule,
    files: readonly string[],
    cause: number,
  ): Promise<void> {
    const ids = system.get(name).instances.flatMap(({ running }) => running?.container ?? []);
    const containers = (await this.#loaded?.sync(rule, files, ids)) ?? 0;
    const told = files.slice(0, 20);
    this.#parts.emit({ type: 'files.synced', service: name, files: told, count: files.length, containers, cause });
  }

  /** Everything of the project in the engine goes, but what the user asked to keep. */
  async close(options: { volumes: boolean }): Promise<void> {
    const { stateDir } = this.#parts;
    if (options.volumes && !this.#loaded && existsSync(mark(stateDir, 'volumes'))) {
      await sweepLeft(stateDir, { ...process.env, ...this.#parts.environment() }, true);
      return;
    }
    if (!this.#loaded) return;
    const left = await this.#loaded.close(options);
    if (left) return;
    clearMark(stateDir, 'containers');
    if (options.volumes) clearMark(stateDir, 'volumes');
  }
}

/**
 * Removes what a killed engine of msvc has left in the container engine, if a mark says that there may be something.
 * @returns names of the removed containers. @throws MsvcError MSVC_CONTAINERS_UNAVAILABLE
 */
export async function sweepLeft(
  stateDir: string,
  environment: Readonly<Record<string, string | undefined>>,
  volumes: boolean,
): Promise<readonly string[]> {
  const marks = volumes ? (['containers', 'volumes'] as const) : (['containers'] as const);
  if (!marks.some((name) => existsSync(mark(stateDir, name)))) return [];
  const { sweepContainers } = await import('../runtime/drivers/container/index.ts');
  const removed = await sweepContainers({ stateDir, environment, volumes });
  for (const name of marks) clearMark(stateDir, name);
  return removed.map(({ name }) => name);
}

function mark(stateDir: string, name: 'containers' | 'volumes'): string {
  return path.join(stateDir, 'run', name);
}

function setMark(stateDir: string, name: 'containers' | 'volumes', text: string): void {
  mkdirSync(path.join(stateDir, 'run'), { recursive: true });
  writeFileSync(mark(stateDir, name), `${text}\n`);
}

function clearMark(stateDir: string, name: 'containers' | 'volumes'): void {
  rmSync(mark(stateDir, name), { force: true });
}
