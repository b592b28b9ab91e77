/**
 * The system that checks are made on: the one that runs, or one started for the run and stopped after it. It is leased:
 * however this command ends, killed too, the system ends with it.
 */
import { randomBytes } from 'node:crypto';
import { readdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Client } from '../../control/client.ts';
import { engineGone } from '../../control/gone.ts';
import { findEngine } from '../../control/locate.ts';
import { MsvcError } from '../../model/error.ts';
import type { Project } from '../../model/project.ts';
import type { View } from '../../model/view.ts';
import { begin } from '../attach/begin.ts';
import { type Context, whereOf } from '../context.ts';
import { tryConnect } from '../engine/connect.ts';
import { waitFor } from '../engine/wait-for.ts';
import { isFresh, type SmokeFlags } from './options.ts';

export interface Session {
  readonly client: Client;
  readonly project: Project;
  readonly view: View;
  readonly gatewayUrl: string;
  /** It was there before. */
  readonly isBorrowed: boolean;
  /** Ends what this command has started; `keep` leaves it running. */
  close(keep: boolean): Promise<void>;
}

const FRESH = /-smoke-[0-9a-f]{6}$/;
/** A younger folder without an engine may be one that is just being started. */
const STALE_MS = 120_000;

/** @param project as the file has it @param signal ends the waiting @throws MsvcError as `up` does, MSVC_WAIT_TIMEOUT when it is not healthy in time */
export async function openSession(
  context: Context,
  project: Project,
  flags: SmokeFlags,
  signal: AbortSignal,
): Promise<Session> {
  if (isFresh(flags)) return await startSession(namesake(context, project), flags, signal);
  const running = await tryConnect(context);
  if (!running) return await startSession(context, flags, signal);
  const { client } = running;
  try {
    const from = await client.request('view', {});
    const services = Object.values(from.services).filter(({ enabled }) => enabled);
    await healthy(
      context,
      client,
      services.map(({ name }) => name),
      flags,
      signal,
    );
    const view = await client.request('view', {});
    return { client, project, view, gatewayUrl: gatewayOf(view), isBorrowed: true, close: async () => client.close() };
  } catch (error) {
    client.close();
    throw error;
  }
}

async function startSession(context: Context, flags: SmokeFlags, signal: AbortSignal): Promise<Session> {
  const port = flags.parallel ? { port: 'auto' as const } : {};
  const begun = await begin(context, [], { deps: true, tui: false, logPrefix: true, ...port });
  const { client, definition } = begun;
  const { project } = definition;
  const close = async (keep: boolean): Promise<void> => {
    if (keep) {
      await client.request('lease', { hold: false });
      client.close();
      return;
    }
    await client.request('down', { volumes: isFresh(flags) }).catch(() => {});
    await engineGone(client);
    client.close();
    if (isFresh(flags)) rmSync(project.stateDir, { recursive: true, force: true });
  };
  try {
    const started = begun.result.steps.filter(({ action }) => action !== 'stop' && action !== 'remove');
    await healthy(
      context,
      client,
      started.map(({ service }) => service),
      flags,
      signal,
    );
    const view = await client.request('view', {});
    return { client, project, view, gatewayUrl: gatewayOf(view), isBorrowed: false, close };
  } catch (error) {
    await close(false);
    throw error;
  }
}

async function healthy(
  context: Context,
  client: Client,
  services: readonly string[],
  flags: SmokeFlags,
  signal: AbortSignal,
): Promise<void> {
  const ended = new Promise<never>((_, reject) => {
    const end = (): void => reject(new MsvcError('MSVC_STOPPING', 'ended before the system was healthy'));
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
  });
  const timeoutMs = flags.waitTimeout;
  await Promise.race([
    waitFor(context, client, { services, goal: 'up', timeoutMs, quiet: flags.json === true }),
    ended,
  ]);
}

function gatewayOf({ gateway }: View): string {
  if (gateway) return gateway.url.replace(/\/$/, '');
  throw new MsvcError('MSVC_ENGINE_LOST', 'the gateway does not listen');
}

/** The same project by a name that nobody has: its data, logs and ports are its own. */
function namesake(context: Context, project: Project): Context {
  removeStale(context, path.join(project.dir, '.msvc', 'projects'));
  const projectName = `${project.name}-smoke-${randomBytes(3).toString('hex')}`;
  return { ...context, globals: { ...context.globals, projectName } };
}

/** What runs that were killed have left of theirs. */
function removeStale(context: Context, folder: string): void {
  let names: string[];
  try {
    names = readdirSync(folder).filter((name) => FRESH.test(name));
  } catch {
    return;
  }
  for (const projectName of names) {
    const dir = path.join(folder, projectName);
    const age = Date.now() - (statSync(dir, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > STALE_MS && !findEngine({ ...whereOf(context), projectName }))
      rmSync(dir, { recursive: true, force: true });
  }
}
