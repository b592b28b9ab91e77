/**
 * A real container engine for tests, and an image made on this machine: a busybox root, imported, never pulled. Where
 * there is no engine, `lacksEngine` says why; CI starts one, so there it is no reason to skip.
 */
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import Docker from 'dockerode';
import { pack } from 'tar-fs';
import { findEndpoint } from '../../src/runtime/drivers/container/connection.ts';

export const IMAGE = 'msvc-test/busybox:2';
const BUSYBOX = ['/bin/busybox', '/usr/bin/busybox'];
const APPLETS =
  'sh sleep echo cat httpd nc mkdir rm kill id touch seq true false test head wget nslookup ls ps env date printf'.split(
    ' ',
  );

export function engine(): Docker {
  const endpoint = findEndpoint(process.env);
  if (!endpoint) throw new Error('no container engine');
  return new Docker({ socketPath: endpoint.socketPath, host: undefined } as Docker.DockerOptions);
}

/** @returns the reason for `skipIf`, or false when an engine answers and the image is there */
export async function lacksEngine(): Promise<string | false> {
  try {
    if (!findEndpoint(process.env)) return 'no container engine: no DOCKER_HOST, no /var/run/docker.sock';
    await engine().ping();
  } catch (error) {
    return `no container engine answers: ${(error as Error).message}`;
  }
  const busybox = busyboxFile();
  if (busybox === undefined) return 'not installed here: busybox (static), of which the test image is made';
  await importImage(busybox);
  return false;
}

/** @returns the reason for `skipIf`: an engine in some containers has no control group for memory */
export async function lacksMemoryLimit(): Promise<string | false> {
  const { MemoryLimit: can } = (await engine().info()) as { MemoryLimit?: boolean };
  return can ? false : 'the engine here cannot limit memory';
}

export function busyboxFile(): string | undefined {
  return BUSYBOX.find((file) => existsSync(file));
}

async function importImage(busybox: string): Promise<void> {
  const docker = engine();
  const there = await docker
    .getImage(IMAGE)
    .inspect()
    .then(
      () => true,
      () => false,
    );
  if (there) return;
  const root = mkdtempSync(path.join(tmpdir(), 'msvc-image-'));
  try {
    for (const folder of ['bin', 'etc', 'tmp', 'www']) mkdirSync(path.join(root, folder), { mode: 0o777 });
    copyFileSync(busybox, path.join(root, 'bin/busybox'));
    for (const applet of APPLETS) symlinkSync('busybox', path.join(root, 'bin', applet));
    writeFileSync(path.join(root, 'etc/passwd'), 'root:x:0:0:root:/:/bin/sh\nweb:x:1234:1234:web:/:/bin/sh\n');
    writeFileSync(path.join(root, 'etc/group'), 'root:x:0:\nweb:x:1234:\n');
    const [repo, tag] = IMAGE.split(':');
    const stream = await docker.importImage(pack(root) as unknown as NodeJS.ReadableStream, { repo, tag } as never);
    await text(stream as unknown as NodeJS.ReadableStream & AsyncIterable<string>);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

let projects = 0;
/** A name that nothing else in the engine has. */
export function newProject(prefix: string): string {
  return `${prefix}${process.pid}x${++projects}`;
}

export interface Engineful {
  readonly containers: readonly string[];
  readonly networks: readonly string[];
  readonly volumes: readonly string[];
  readonly tags: readonly string[];
}

export const NOTHING: Engineful = { containers: [], networks: [], volumes: [], tags: [] };

/** Where the engine of the tests is: for the environment of a rig. */
export const ENGINE_ENVIRONMENT: Readonly<Record<string, string>> =
  process.env.DOCKER_HOST === undefined ? {} : { DOCKER_HOST: process.env.DOCKER_HOST };

/** Whatever msvc has in the engine of this project. */
export async function whatIsThere(project: string): Promise<Engineful> {
  const docker = engine();
  const filters = JSON.stringify({ label: [`msvc.project=${project}`] }) as never;
  const [containers, networks, { Volumes: volumes }, images] = await Promise.all([
    docker.listContainers({ all: true, filters }),
    docker.listNetworks({ filters }),
    docker.listVolumes({ filters }),
    docker.listImages({ filters }),
  ]);
  return {
    containers: containers.map(({ Names }) => Names[0] ?? ''),
    networks: networks.map(({ Name }) => Name),
    volumes: (volumes ?? []).map(({ Name }) => Name),
    tags: images.flatMap(({ RepoTags: tags }) => tags ?? []).filter((tag) => tag !== '<none>:<none>'),
  };
}
