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
  /** A container was left behind: the engine is away. */
  readonly onLeft: (service: string) => void;
}

export function createContainerDriver(parts: ContainerDriverParts): Driver {
  return {
    kind: 'container',
    check: (request) => checkMounts(request, containerOf(request)),
    async launch(request, signal) {
      const run = containerOf(request);
      checkMounts(request, run);
      makeFolders(request, run, parts);
      for (;;) {
        await parts.engine.whenUp(signal);
        try {
          return await launch(request, run, parts);
        } catch (error) {
          if (signal?.aborted) throw error;
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
  const ours = await namesake.inspect().then(
    ({ Config }) => Config.Labels[LABEL.scope] === owner.scope,
    () => false,
  );
  if (!ours) return false;
  return namesake.remove({ force: true, v: true }).then(
    () => true,
    () => false,
  );
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

/** Created, with all of its files in place; not started. @throws the engine's error, with nothing left */
export async function makeContainer(
  request: Launchable,
  run: ContainerLaunch,
  address: string | null,
  parts: ContainerDriverParts,
): Promise<Docker.Container> {
  const { engine, owner, network } = parts;
  const { service } = request;
  const ownVolumes = run.oneOff ? {} : await slotVolumes(request, run, parts);
  const container = await engine.docker.createContainer(
    createCall(request, run, {
      owner,
      placement: engine.placement,
      network: network.name,
      address,
      volumeName: parts.volumeName,
      ownVolumes,
      unique: run.oneOff ? `-${randomBytes(3).toString('hex')}` : '',
      logging: parts.logging(service),
    }) as unknown as Docker.ContainerCreateOptions,
  );
  try {
    await giveFiles(container, run);
    await parts.synced.putInto(container, service);
    return container;
  } catch (error) {
    await container.remove({ force: true, v: true }).catch(() => {});
    throw error;
  }
}

async function launch(
  request: LaunchRequest,
  run: ContainerLaunch,
  parts: ContainerDriverParts,
): Promise<RunningContainer> {
  const { engine, network, admit, dismiss } = parts;
  const { service } = request;
  const { placement } = engine;
  const address = network.takeAddress();
  let container: Docker.Container | null = null;
  try {
    container = await makeContainer(request, run, address, parts);
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
        network.giveBack(address);
        if (address !== null) void dismiss(service, address);
        if (left) parts.onLeft(service);
      },
    });
    await one.attach();
    if (address !== null) await admit(service, address);
    await one.start();
    const at = address ?? (await addressOf(container, network.name));
    if (address === null) await admit(service, at);
    const published: Published = placement === 'bridge' ? new Map() : await publishedPorts(container);
    one.reach = reachOf(placement, at, published);
    return one;
  } catch (error) {
    network.giveBack(address);
    if (address !== null) void dismiss(service, address);
    if (container) await container.remove({ force: true, v: true }).catch(() => {});
    engine.noteLost(error);
    throw error instanceof MsvcError ? error : launchFailed(service, request.place, error);
  }
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
