/**
 * Runs an instance as a container of the project's network. Everything it makes carries the project's labels; a
 * container is removed when it has ended, so that each launch begins with the image's own files.
 */
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import type Docker from 'dockerode';
import { MsvcError } from '../../../model/error.ts';
import type { ContainerLaunch, Driver, Launchable, LaunchRequest } from '../driver.ts';
import { type Published, reachOf } from './address.ts';
import { RunningContainer } from './container.ts';
import { createCall } from './create.ts';
import type { ContainerEngine } from './engine.ts';
import { launchFailed, statusOf } from './errors.ts';
import { containerName, LABEL, type Owner, projectLabels } from './labels.ts';
import type { ProjectNetwork } from './network.ts';
import { giveFiles } from './owner.ts';
import { removeContainer } from './sweep.ts';
import type { SyncedFiles } from './sync.ts';

const GOING_MS = 500;

export interface ContainerDriverParts {
  readonly engine: ContainerEngine;
  readonly owner: Owner;
  readonly network: ProjectNetwork;
  readonly volumeName: (key: string) => string;
  readonly synced: SyncedFiles;
  /** From then on a connection from that address is that service's. Resolves when edges take it. */
  readonly admit: (service: string, address: string) => Promise<void>;
  readonly dismiss: (service: string, address: string) => Promise<void>;
  readonly logging: (service: string) => { readonly maxSizeBytes: number; readonly maxFiles: number } | null;
  /** A folder that a mount needs was made. */
  readonly onFolder: (service: string, path: string) => void;
  /** A container was left behind: the engine is away. Its id. */
  readonly onLeft: (container: string) => void;
}

export function createContainerDriver(parts: ContainerDriverParts): Driver {
  return {
    kind: 'container',
    check: (request) => checkMounts(request, containerOf(request)),
    async launch(request, stop) {
      const run = containerOf(request);
      checkMounts(request, run);
      makeFolders(request, run, parts);
      for (;;) {
        await parts.engine.whenUp(stop?.signal);
        try {
          return await launch(request, run, parts);
        } catch (error) {
          if (stop?.signal.aborted) throw error;
          // Left by an attempt that the engine did not answer: the name is this project's own.
          if (await removeNamesake(request, parts, error)) continue;
          // Of an engine that is going or coming nothing else is to be expected: once it is back, again.
          if (!(await isEngineGoing(parts.engine, error))) throw error;
        }
      }
    },
  };
}

/** @returns whether a container of ours stood in the way, and is gone */
async function removeNamesake(
  request: LaunchRequest,
  { engine, owner }: ContainerDriverParts,
  error: unknown,
): Promise<boolean> {
  if (statusOf((error as Error).cause) !== 409) return false;
  const namesake = engine.docker.getContainer(containerName(owner, request));
  try {
    const { Config } = await namesake.inspect();
    if (Config.Labels[LABEL.scope] !== owner.scope) return false;
    await removeContainer(namesake);
    // Its removal may be under way by somebody else, and its name is taken until then.
    await namesake.wait({ condition: 'removed' });
    return true;
  } catch (failure) {
    return statusOf(failure) === 404;
  }
}

/** An engine that is being stopped answers with errors of its own for a moment, then not at all. */
async function isEngineGoing(engine: ContainerEngine, error: unknown): Promise<boolean> {
  const cause = (error as Error).cause;
  if (!engine.isUp || engine.noteLost(cause)) return true;
  if ((statusOf(cause) ?? 0) < 500) return false;
  const { lost, forget } = engine.nextLoss();
  const moment = new Promise((resolve) => setTimeout(resolve, GOING_MS).unref());
  await Promise.race([lost, moment]);
  forget();
  return !engine.isUp;
}

export function containerOf({ run, service }: Launchable): ContainerLaunch {
  if (run.kind !== 'container') throw new Error(`${service} is not a container`);
  return run;
}

/** Before anything is made: a folder that must be there, is. */
export function checkMounts({ service, place }: Launchable, { spec }: ContainerLaunch): void {
  for (const mount of spec.mounts) {
    if (mount.kind !== 'bind' || mount.create || existsSync(mount.source)) continue;
    throw new MsvcError('MSVC_LAUNCH_FAILED', `${mount.source}, a volume of ${service}, does not exist`, {
      facts: { service, reason: 'missing', path: mount.source },
      place,
      hint: 'create it, or correct `volumes`',
    });
  }
}

/** By this user, not by the engine, whose folders would be root's. */
export function makeFolders(
  { service }: Launchable,
  { spec }: ContainerLaunch,
  { onFolder }: ContainerDriverParts,
): void {
  for (const mount of spec.mounts) {
    if (mount.kind !== 'bind' || existsSync(mount.source)) continue;
    mkdirSync(mount.source, { recursive: true });
    onFolder(service, mount.source);
  }
}

/** Where a container sits in the project's network: an address, and the edges that are open to it. */
export class Seat {
  readonly #service: string;
  readonly #parts: ContainerDriverParts;
  #address: string | null;
  #left = false;

  constructor(service: string, parts: ContainerDriverParts) {
    this.#service = service;
    this.#parts = parts;
    this.#address = parts.network.takeAddress();
  }

  /** Null: the engine picks one when the container starts. */
  get address(): string | null {
    return this.#address;
  }

  /** @param address the one that the engine picked */
  async admit(address = this.#address): Promise<void> {
    this.#address = address;
    if (address !== null) await this.#parts.admit(this.#service, address);
  }

  /** Once only: the address may be somebody else's by the second time. */
  async leave(): Promise<void> {
    if (this.#left) return;
    this.#left = true;
    this.#parts.network.giveBack(this.#address);
    if (this.#address !== null) await this.#parts.dismiss(this.#service, this.#address);
  }
}

/**
 * Makes a container, with all of its files in place, not started, and gives it to `use`. When either fails, nothing of
 * it is left.
 * @throws MsvcError MSVC_LAUNCH_FAILED, what `use` throws as MsvcError
 */
export async function withContainer<T>(
  request: Launchable,
  run: ContainerLaunch,
  parts: ContainerDriverParts,
  use: (container: Docker.Container, seat: Seat) => Promise<T>,
): Promise<T> {
  const seat = new Seat(request.service, parts);
  let container: Docker.Container | null = null;
  try {
    container = await create(request, run, seat.address, parts);
    await giveFiles(container, run);
    await parts.synced.putInto(container, request.service);
    return await use(container, seat);
  } catch (error) {
    // Before its address is free for another one.
    await container?.remove({ force: true, v: true }).catch(() => {});
    await seat.leave();
    parts.engine.noteLost(error);
    throw error instanceof MsvcError ? error : launchFailed(request.service, request.place, error);
  }
}

async function create(
  request: Launchable,
  run: ContainerLaunch,
  address: string | null,
  parts: ContainerDriverParts,
): Promise<Docker.Container> {
  const { engine, owner, network } = parts;
  const ownVolumes = run.oneOff ? {} : await slotVolumes(request, run, parts);
  const call = createCall(request, run, {
    owner,
    placement: engine.placement,
    network: network.name,
    address,
    volumeName: parts.volumeName,
    ownVolumes,
    unique: run.oneOff ? `-${randomBytes(3).toString('hex')}` : '',
    logging: parts.logging(request.service),
  });
  return engine.docker.createContainer(call as unknown as Docker.ContainerCreateOptions);
}

function launch(request: LaunchRequest, run: ContainerLaunch, parts: ContainerDriverParts): Promise<RunningContainer> {
  const { engine, network } = parts;
  return withContainer(request, run, parts, async (container, seat) => {
    const one = new RunningContainer({
      engine,
      container,
      log: request.log,
      tty: run.spec.tty,
      stdinOpen: run.spec.stdinOpen,
      healthcheck: run.image.healthcheck,
      stopSignal: run.image.stopSignal ?? 'SIGTERM',
      memoryLimitBytes: run.spec.limits.memoryBytes,
      onGone: (left) => {
        void seat.leave();
        if (left) parts.onLeft(container.id);
      },
    });
    await one.attach();
    await seat.admit();
    await one.start();
    if (seat.address === null) await seat.admit(await addressOf(container, network.name));
    const published: Published = engine.placement === 'bridge' ? new Map() : await publishedPorts(container);
    one.reach = reachOf(engine.placement, seat.address ?? '', published);
    return one;
  });
}

/** The image's VOLUMEs, kept for the slot until the project goes down: a crashed database finds its files again. */
async function slotVolumes(
  { service, replica }: Launchable,
  { spec, image }: ContainerLaunch,
  { engine, owner }: ContainerDriverParts,
): Promise<Record<string, string>> {
  const covered = new Set(spec.mounts.map((mount) => mount.target));
  const wanted = image.volumes.filter((path) => !covered.has(path));
  const named = wanted.map((path) => {
    const id = createHash('sha256').update(path).digest('hex').slice(0, 8);
    return [path, `${owner.project}-${owner.scope.slice(0, 6)}-${service}-${replica}-${id}`] as const;
  });
  await Promise.all(
    named.map(([, Name]) =>
      engine.docker.createVolume({ Name, Labels: { ...projectLabels(owner), [LABEL.volume]: 'anonymous' } }),
    ),
  );
  return Object.fromEntries(named);
}

async function addressOf(container: Docker.Container, network: string): Promise<string> {
  const { NetworkSettings: settings } = await container.inspect();
  return settings.Networks[network]?.IPAddress ?? '';
}

async function publishedPorts(container: Docker.Container): Promise<Published> {
  const { NetworkSettings: settings } = await container.inspect();
  const pairs = Object.entries(settings.Ports).flatMap(([key, at]) => {
    const host = at?.find(({ HostIp: ip }) => ip === '127.0.0.1') ?? at?.[0];
    return host === undefined || !key.endsWith('/tcp')
      ? []
      : [[Number.parseInt(key, 10), Number(host.HostPort)] as const];
  });
  return new Map(pairs);
}
