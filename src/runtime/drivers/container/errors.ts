/** What an engine answered -> an error with a code, a reason and what to do. Pure. */
import { MsvcError } from '../../../model/error.ts';
import type { Place } from '../../../model/place.ts';

export interface EngineError extends Error {
  readonly statusCode?: number;
  readonly code?: string;
  readonly reason?: string;
  readonly json?: { readonly message?: string } | null;
}

/** The engine's own words. */
export function messageOf(error: unknown): string {
  const { json, message, reason } = error as EngineError;
  return (json?.message ?? message.replace(/^\(HTTP code \d+\) [^-]*- /, '') ?? reason ?? String(error)).trim();
}

export function statusOf(error: unknown): number | undefined {
  return (error as EngineError).statusCode;
}

/** Nobody answers at the engine's socket, or the answer broke off. */
export function isLost(error: unknown): boolean {
  const { code, statusCode, message } = error as EngineError;
  if (statusCode !== undefined) return false;
  return (
    ['ENOENT', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ECONNABORTED'].includes(code ?? '') ||
    /socket hang up|aborted|premature/i.test(message ?? '')
  );
}

export function unavailable(engine: string, error: unknown): MsvcError {
  const { code } = error as EngineError;
  const denied = code === 'EACCES' || code === 'EPERM';
  return new MsvcError(
    'MSVC_CONTAINERS_UNAVAILABLE',
    denied ? `you may not use the container engine at ${engine}` : `no container engine answers at ${engine}`,
    {
      facts: { engine, reason: code ?? messageOf(error) },
      hint: denied
        ? 'add yourself to the group `docker` (`sudo usermod -aG docker $USER`) and log in again'
        : 'start it (`sudo systemctl start docker`, or Docker Desktop), or set DOCKER_HOST; services without containers can be started by name',
      cause: error,
    },
  );
}

export function noEngine(): MsvcError {
  return new MsvcError('MSVC_CONTAINERS_UNAVAILABLE', 'there is no container engine on this machine', {
    facts: { engine: '', reason: 'none' },
    hint: 'install Docker (https://docs.docker.com/engine/install/) and start it, or set DOCKER_HOST; services without containers can be started by name',
  });
}

export function launchFailed(service: string, place: Place | undefined, error: unknown): MsvcError {
  const message = messageOf(error);
  const known = REASONS.find(({ test }) => test.test(message));
  return new MsvcError('MSVC_LAUNCH_FAILED', `the container of ${service} could not be started: ${message}`, {
    facts: { service, reason: message },
    place,
    hint: known?.hint,
    cause: error,
  });
}

const REASONS: readonly { readonly test: RegExp; readonly hint: string }[] = [
  { test: /port is already allocated|address already in use/, hint: 'another program holds that port: change `ports`' },
  {
    test: /executable file not found|exec: .*(not found|no such file)/,
    hint: 'the command is not in the image: correct `command` or `entrypoint`',
  },
  { test: /permission denied/, hint: 'the program in the image may not be executed: `chmod +x` it in the Dockerfile' },
  { test: /bind source path does not exist/, hint: 'create the folder, or correct `volumes`' },
  { test: /unable to find user|no matching entries in passwd/, hint: 'the image has no such user: correct `user`' },
  { test: /No command specified/, hint: 'the image says nothing of what runs: write `command`' },
];

/** @param what `pulled` or `built` */
export function imageFailed(image: string, service: string, place: Place | undefined, error: unknown): MsvcError {
  const message = messageOf(error);
  const { text, hint } = imageReason(image, message);
  return new MsvcError('MSVC_IMAGE_FAILED', `the image ${image} of ${service} cannot be had: ${text}`, {
    facts: { image, service, reason: message },
    place,
    hint,
    cause: error,
  });
}

function imageReason(image: string, message: string): { text: string; hint: string } {
  const registry = registryOf(image);
  if (/no matching manifest|does not match the specified platform|image operating system/i.test(message)) {
    return {
      text: 'it has no variant for this platform',
      hint: 'write `platform: linux/amd64` (it is emulated where the engine can), or take an image that has one',
    };
  }
  if (/manifest.*(unknown|not found)|not found: manifest|name unknown|repository.*not found/i.test(message)) {
    return { text: `${registry} has no such image`, hint: 'check its name and tag' };
  }
  if (/denied|unauthorized|authentication required|no basic auth/i.test(message)) {
    return {
      text: `${registry} has no such image, or you may not have it`,
      hint: `check its name and tag, or \`docker login${registry === 'docker.io' ? '' : ` ${registry}`}\``,
    };
  }
  if (/no such host|dial tcp|i\/o timeout|network is unreachable|Client.Timeout|TLS handshake|lookup /i.test(message)) {
    return {
      text: `${registry} cannot be reached: ${message}`,
      hint: 'check the network; with `pull_policy: never` only an image that is here already is used',
    };
  }
  return { text: message, hint: 'check its name and tag' };
}

/** `docker.io` where the name has no host. */
export function registryOf(image: string): string {
  const first = image.split('/')[0] ?? '';
  const isHost = image.includes('/') && (first.includes('.') || first.includes(':') || first === 'localhost');
  return isHost ? first : 'docker.io';
}
