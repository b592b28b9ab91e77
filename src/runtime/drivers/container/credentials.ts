/**
 * The user's credentials for a registry, from where `docker login` put them: `auths` of the Docker config, or a
 * credential helper (`credHelpers` for one registry, `credsStore` for all), run as the Docker CLI runs it.
 * https://docs.docker.com/reference/cli/docker/login/#credential-stores
 */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { dockerConfigDir, readJson } from './connection.ts';

export interface Credentials {
  readonly username?: string;
  readonly password?: string;
  readonly identitytoken?: string;
  readonly serveraddress: string;
}

interface DockerConfig {
  readonly auths?: Readonly<Record<string, { readonly auth?: string; readonly identitytoken?: string } | undefined>>;
  readonly credHelpers?: Readonly<Record<string, string | undefined>>;
  readonly credsStore?: string;
}

/** How Docker Hub stands in the config. */
const HUB = 'https://index.docker.io/v1/';
const HELPER_MS = 10_000;

/** @returns undefined: none; the registry is asked as anybody */
export async function credentialsFor(
  registry: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Credentials | undefined> {
  const config = (readJson(path.join(dockerConfigDir(environment), 'config.json')) ?? {}) as DockerConfig;
  const server = registry === 'docker.io' ? HUB : registry;
  const helper = config.credHelpers?.[server] ?? config.credHelpers?.[registry] ?? config.credsStore;
  if (helper) {
    const found = await askHelper(helper, server, environment);
    if (found) return found;
  }
  return storedIn(config, server);
}

function storedIn({ auths = {} }: DockerConfig, server: string): Credentials | undefined {
  const bare = (name: string): string => name.replace(/^https?:\/\//, '').replace(/\/$/, '');
  const key = Object.keys(auths).find((name) => name === server || bare(name) === bare(server));
  const entry = key === undefined ? undefined : auths[key];
  if (!entry) return undefined;
  if (entry.identitytoken) return { identitytoken: entry.identitytoken, serveraddress: server };
  const [, username, password] =
    /^([^:]*):([\s\S]*)$/.exec(Buffer.from(entry.auth ?? '', 'base64').toString('utf8')) ?? [];
  return username === undefined ? undefined : { username, password: password ?? '', serveraddress: server };
}

/** `docker-credential-<helper> get`: the server on its input, JSON on its output. It fails when it knows nothing. */
async function askHelper(
  helper: string,
  server: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Credentials | undefined> {
  if (!/^[\w.-]+$/.test(helper)) return undefined;
  const child = spawn(`docker-credential-${helper}`, ['get'], {
    env: { ...process.env, ...environment },
    stdio: ['pipe', 'pipe', 'ignore'],
    timeout: HELPER_MS,
  });
  const failed = new Promise<undefined>((resolve) => child.once('error', () => resolve(undefined)));
  child.stdin.on('error', () => {});
  child.stdin.end(server);
  const answer = await Promise.race([text(child.stdout), failed]);
  try {
    const { Username: username = '', Secret: secret = '' } = JSON.parse(answer ?? '') as Record<string, string>;
    if (username === '<token>') return { identitytoken: secret, serveraddress: server };
    return { username, password: secret, serveraddress: server };
  } catch {
    return undefined;
  }
}
