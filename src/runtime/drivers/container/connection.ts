/**
 * Where the container engine is, as the user's `docker` finds it: DOCKER_HOST, the context of the Docker config, the
 * usual sockets. Reads files; talks to nobody.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { MsvcError } from '../../../model/error.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export interface Endpoint {
  /** As a person knows it: `unix:///var/run/docker.sock`. */
  readonly name: string;
  /** What said so; null: a usual place. */
  readonly from: 'DOCKER_HOST' | 'context' | null;
  readonly socketPath: string;
}

export function dockerConfigDir(environment: Environment): string {
  return environment.DOCKER_CONFIG || path.join(environment.HOME || homedir(), '.docker');
}

/** @returns null when no engine is named and no usual socket is there. @throws MsvcError MSVC_CONTAINERS_REMOTE */
export function findEndpoint(environment: Environment): Endpoint | null {
  const host = environment.DOCKER_HOST;
  if (host) return endpoint(host, 'DOCKER_HOST');
  const named = contextHost(environment);
  if (named !== null) return endpoint(named, 'context');
  const home = environment.HOME || homedir();
  const usual = [
    '/var/run/docker.sock',
    path.join(home, '.docker/run/docker.sock'),
    path.join(home, '.colima/default/docker.sock'),
  ];
  if (environment.XDG_RUNTIME_DIR) usual.push(path.join(environment.XDG_RUNTIME_DIR, 'docker.sock'));
  const found = usual.find((file) => existsSync(file));
  return found === undefined ? null : { name: `unix://${found}`, from: null, socketPath: found };
}

/** Edges and mounts are of this machine: an engine elsewhere could reach neither. */
function endpoint(host: string, from: Endpoint['from']): Endpoint {
  const socketPath = /^unix:\/\/(\/.+)$/.exec(host)?.[1];
  if (socketPath !== undefined) return { name: host, from, socketPath };
  throw new MsvcError('MSVC_CONTAINERS_REMOTE', `the container engine at ${host} is not on this machine`, {
    facts: { engine: host, from: from ?? '' },
    hint: 'msvc needs an engine behind a socket of this machine: `unset DOCKER_HOST`, or `docker context use default`',
  });
}

/** Of the context in use; null for the default one. */
function contextHost(environment: Environment): string | null {
  const dir = dockerConfigDir(environment);
  const name =
    environment.DOCKER_CONTEXT ||
    (readJson(path.join(dir, 'config.json')) as { currentContext?: string })?.currentContext;
  if (!name || name === 'default') return null;
  const id = createHash('sha256').update(name).digest('hex');
  const meta = readJson(path.join(dir, 'contexts', 'meta', id, 'meta.json')) as {
    Endpoints?: { docker?: { Host?: string } };
  } | null;
  return meta?.Endpoints?.docker?.Host ?? null;
}

/** @returns null when it is not there or is no JSON */
export function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}
