/**
 * The container part as a whole, loaded by one `await import` when a definition needs it: the connection to the
 * engine, the project's network and volumes, its images, and the driver. Owns what exists in the engine for the
 * project; `close` takes it away again.
 */
import Docker from 'dockerode';
import { MsvcError } from '../../../model/error.ts';
import type { NewEvent } from '../../../model/event.ts';
import type { Project, ServiceSpec, WatchRule } from '../../../model/project.ts';
import type { Driver, Launchable, PreparedImage } from '../driver.ts';
import { type HostSide, hostSide } from './address.ts';
import { type Endpoint, findEndpoint } from './connection.ts';
import { type ContainerDriverParts, createContainerDriver } from './driver.ts';
import { ContainerEngine } from './engine.ts';
import { launchFailed, messageOf, noEngine, statusOf, unavailable } from './errors.ts';
import { type ImageOptions, Images } from './images.ts';
import { LABEL, type Owner, projectLabels, scopeOf } from './labels.ts';
import { ProjectNetwork } from './network.ts';
import { createOneOff, type OneOff } from './one-off.ts';
import { type EngineReport, reportEngine } from './report.ts';
import {
  networksOf,
  removeBuilt,
  removeContainer,
  removeContainers,
  removeNetworks,
  removeVolumes,
  type Stuck,
  type Swept,
} from './sweep.ts';
import { copyFiles, SyncedFiles, type SyncRule } from './sync.ts';
import { execInForeground, type ForegroundExec, hasTerminal, runInForeground } from './terminal.ts';

export { hasTerminal };

export interface ContainersOptions {
  readonly project: string;
  readonly stateDir: string;
  readonly run: string;
  readonly environment: () => Readonly<Record<string, string | undefined>>;
  readonly emit: (event: NewEvent) => number;
  readonly admit: (service: string, address: string) => Promise<void>;
  readonly dismiss: (service: string, address: string) => Promise<void>;
}

export class Containers {
  readonly driver: Driver;
  readonly #driverParts: ContainerDriverParts;
  readonly #options: ContainersOptions;
  readonly #engine: ContainerEngine;
  readonly #owner: Owner;
  readonly #network: ProjectNetwork;
  readonly #images: Images;
  readonly #synced = new SyncedFiles();
  #project: Project | null = null;
  /** Containers that have ended for us while the engine was away, and may be there when it is back. */
  readonly #left = new Set<string>();

  /** @throws MsvcError MSVC_CONTAINERS_UNAVAILABLE, MSVC_CONTAINERS_REMOTE */
  static async open(options: ContainersOptions): Promise<Containers> {
    const containers = new Containers(options, endpointOf(options.environment()));
    try {
      await containers.#engine.connect();
      // Before the network: that one cannot go while they are on it.
      const { removed, stuck } = await removeContainers(
        containers.#engine.docker,
        containers.#owner.scope,
        () => options.run,
      );
      if (removed.length > 0) {
        options.emit({ type: 'engine.noticed', code: 'containers-swept', facts: { names: removed } });
      }
      containers.#noteStuck(stuck);
      await containers.#network.open();
    } catch (error) {
      containers.#engine.close();
      throw error;
    }
    return containers;
  }

  private constructor(options: ContainersOptions, endpoint: Endpoint) {
    const { project, stateDir, run, emit } = options;
    this.#options = options;
    this.#owner = { project, scope: scopeOf(stateDir), run };
    this.#engine = new ContainerEngine({
      endpoint,
      scope: this.#owner.scope,
      onLost: (message) => void emit({ type: 'containers.lost', engine: endpoint.name, message }),
      onRestored: (afterMs) => {
        emit({ type: 'containers.restored', engine: endpoint.name, afterMs });
        void this.#removeLeft();
      },
    });
    this.#network = new ProjectNetwork(this.#engine, this.#owner);
    this.#images = new Images({ engine: this.#engine, owner: this.#owner, environment: options.environment, emit });
    this.#driverParts = {
      engine: this.#engine,
      owner: this.#owner,
      network: this.#network,
      synced: this.#synced,
      volumeName: (key) => this.#project?.volumes[key]?.name ?? key,
      admit: options.admit,
      dismiss: options.dismiss,
      logging: (service) => this.#project?.services[service]?.logging ?? null,
      onFolder: (service, path) => {
        emit({
          type: 'engine.noticed',
          code: 'folder-created',
          service: service as ServiceSpec['name'],
          facts: { path },
        });
      },
      onLeft: (container) => void this.#left.add(container),
    };
    this.driver = createContainerDriver(this.#driverParts);
  }

  /** Where it is, as in DOCKER_HOST. */
  get engine(): string {
    return this.#engine.name;
  }

  /** How containers reach this machine. */
  get host(): HostSide {
    return hostSide(this.#engine.placement, this.#network.gateway);
  }

  /** Volumes are made before anything uses them, so that they carry our labels. @throws MsvcError MSVC_VOLUME_MISSING */
  async follow(project: Project): Promise<void> {
    this.#project = project;
    const { docker } = this.#engine;
    await Promise.all(
      Object.entries(project.volumes).map(async ([key, { name, external }]) => {
        if (!external) {
          await docker.createVolume({ Name: name, Labels: { ...projectLabels(this.#owner), [LABEL.volume]: key } });
          return;
        }
        await docker
          .getVolume(name)
          .inspect()
          .catch((cause: unknown) => {
            throw new MsvcError('MSVC_VOLUME_MISSING', `the external volume ${name} does not exist`, {
              facts: { volume: name },
              hint: `make it (\`docker volume create ${name}\`), or take \`external\` out`,
              cause,
            });
          });
      }),
    );
  }

  /** @throws MsvcError MSVC_IMAGE_FAILED, MSVC_BUILD_FAILED */
  async prepare(spec: ServiceSpec, options: ImageOptions): Promise<PreparedImage | null> {
    if (spec.run.kind !== 'container') return null;
    const image = await this.#images.prepare(spec, spec.run, options);
    if (spec.run.image.kind === 'build') this.#synced.forget(spec.name);
    for (const rule of spec.watch) if (rule.initialSync) this.note(spec.name, rule, [rule.path]);
    return image;
  }

  /** Made, not started; it is for who asked to start it. @throws MsvcError MSVC_LAUNCH_FAILED, MSVC_CONTAINERS_UNAVAILABLE */
  oneOff(request: Launchable, signal: AbortSignal): Promise<OneOff> {
    return createOneOff(request, this.#driverParts, signal);
  }

  /** Containers that start from now on get these files. */
  note(service: string, rule: WatchRule, files: readonly string[]): void {
    const sync = syncRule(rule);
    if (sync) this.#synced.note(service, sync, files);
  }

  /** Into those that run. @returns how many */
  async sync(rule: WatchRule, files: readonly string[], containers: readonly string[]): Promise<number> {
    const sync = syncRule(rule);
    if (!sync) return 0;
    const relative = files.map((file) => file.slice(rule.path.length).replace(/^\//, ''));
    await Promise.all(
      containers.map((id) =>
        copyFiles(this.#engine.docker.getContainer(id), sync, relative).catch((error: unknown) => {
          // It has just gone: the next one gets all that was noted.
          if (statusOf(error) !== 404) throw error;
        }),
      ),
    );
    return containers.length;
  }

  /**
   * Everything of the project but what the user asked to keep: named volumes (unless `volumes`) and tags of its own.
   * What stays is told.
   * @returns whether nothing is left that should have gone
   */
  async close({ volumes }: { volumes: boolean }): Promise<boolean> {
    try {
      if (!this.#engine.isUp) throw new Error('it is away');
      const keep = { volumes, keptTags: keptTags(this.#project), livingRun: () => null };
      const { stuck } = await clean(this.#engine, this.#owner.scope, keep);
      this.#noteStuck(stuck);
      return stuck.length === 0;
    } catch (error) {
      const facts = { message: messageOf(error) };
      this.#options.emit({ type: 'engine.noticed', code: 'containers-left', facts });
      return false;
    } finally {
      this.#engine.close();
    }
  }

  async #removeLeft(): Promise<void> {
    for (const id of [...this.#left]) {
      try {
        await removeContainer(this.#engine.docker.getContainer(id));
        this.#left.delete(id);
      } catch (error) {
        // Away again, or it does not let it go: the sweep at the end asks once more.
        if (this.#engine.noteLost(error)) return;
      }
    }
  }

  #noteStuck(stuck: readonly Stuck[]): void {
    if (stuck.length > 0)
      this.#options.emit({ type: 'engine.noticed', code: 'containers-stuck', facts: factsOf(stuck) });
  }
}

/** Of the notice `containers-stuck`. */
export function factsOf(stuck: readonly Stuck[]): { names: string[]; message: string } {
  return { names: stuck.map(({ kind, name }) => `${kind} ${name}`), message: stuck[0]?.reason ?? '' };
}

/**
 * What an engine of msvc that was killed has left. Of one that lives, or begins meanwhile, nothing is touched.
 * @param options.livingRun of that one; null: there is none
 * @throws MsvcError MSVC_CONTAINERS_UNAVAILABLE
 */
export async function sweepContainers(options: {
  readonly stateDir: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly volumes: boolean;
  readonly livingRun: () => string | null;
}): Promise<Swept> {
  const { stateDir, volumes, livingRun } = options;
  const engine = new ContainerEngine({
    endpoint: endpointOf(options.environment),
    scope: scopeOf(stateDir),
    onLost: () => {},
    onRestored: () => {},
  });
  try {
    await engine.connect();
    return await clean(engine, scopeOf(stateDir), { volumes, keptTags: new Set(), livingRun });
  } catch (error) {
    throw error instanceof MsvcError ? error : unavailable(engine.name, error);
  } finally {
    engine.close();
  }
}

/** Runs a command in a container that msvc started, with this process's terminal. @returns its exit code */
export async function execInContainer(
  environment: Readonly<Record<string, string | undefined>>,
  id: string,
  command: ForegroundExec,
): Promise<number> {
  return execInForeground(containerAt(environment, id), command);
}

/** Starts a container that the engine of msvc has made for it, with this process's terminal. @returns its exit code */
export async function runContainer(
  environment: Readonly<Record<string, string | undefined>>,
  { id, service }: { readonly id: string; readonly service: string },
): Promise<number> {
  try {
    return await runInForeground(containerAt(environment, id));
  } catch (error) {
    throw launchFailed(service, undefined, error);
  }
}

function containerAt(environment: Readonly<Record<string, string | undefined>>, id: string): Docker.Container {
  const { socketPath } = endpointOf(environment);
  return new Docker({ socketPath, host: undefined } as Docker.DockerOptions).getContainer(id);
}

/** What `msvc doctor` tells of the engine. @throws MsvcError MSVC_CONTAINERS_UNAVAILABLE, MSVC_CONTAINERS_REMOTE */
export async function reportEngineOf(environment: Readonly<Record<string, string | undefined>>): Promise<EngineReport> {
  return reportEngine(endpointOf(environment));
}

/**
 * @param what.livingRun its containers stay, and with them all that they may be using: its engine sees to that
 * @returns the containers that went, and all that stays against our will
 */
async function clean(
  { docker }: ContainerEngine,
  scope: string,
  what: { volumes: boolean; keptTags: ReadonlySet<string>; livingRun: () => string | null },
): Promise<Swept> {
  const { volumes, keptTags: kept, livingRun } = what;
  const containers = await removeContainers(docker, scope, livingRun);
  if (livingRun() !== null) return containers;
  const rest = await Promise.all([
    networksOf(docker, scope).then((networks) => removeNetworks(docker, networks)),
    removeVolumes(docker, scope, volumes ? 'all' : 'anonymous'),
    // A tag of ours is told by its name too: what the user tagged is the user's.
    removeBuilt(docker, scope, (tag) => kept.has(tag) || !tag.startsWith('msvc/')),
  ]);
  return { removed: containers.removed, stuck: [containers, ...rest].flatMap(({ stuck }) => stuck) };
}

/** @throws MsvcError MSVC_CONTAINERS_UNAVAILABLE, MSVC_CONTAINERS_REMOTE */
export function endpointOf(environment: Readonly<Record<string, string | undefined>>): Endpoint {
  const endpoint = findEndpoint(environment);
  if (!endpoint) throw noEngine();
  return endpoint;
}

function keptTags(project: Project | null): Set<string> {
  return new Set(
    Object.values(project?.services ?? {}).flatMap(({ run }) =>
      run.kind === 'container' && run.image.kind === 'build' && run.image.tag !== undefined ? [run.image.tag] : [],
    ),
  );
}

function syncRule({ path, target, action }: WatchRule): SyncRule | null {
  return target === undefined || !action.startsWith('sync') ? null : { path, target };
}
