/**
 * From a command to the engine of the project it means. Loads nothing but the locator and the client, since every
 * short command (`ps`, `stop`) pays for this.
 */
import { askOnce } from '../../control/ask-once.ts';
import { Client } from '../../control/client.ts';
import { type EngineRecord, findEngine } from '../../control/locate.ts';
import { type Method, type Params, PROTOCOL_VERSION, type Result } from '../../control/protocol.ts';
import { MsvcError } from '../../model/error.ts';
import { suggest } from '../../model/suggest.ts';
import { VERSION } from '../../model/version.ts';
import type { View } from '../../model/view.ts';
import { type Context, whereOf } from '../context.ts';
import { noteVersion } from './version-note.ts';

export interface Connected {
  readonly client: Client;
  readonly record: EngineRecord;
}

/** @throws MsvcError MSVC_NOT_RUNNING, MSVC_ENGINE_VERSION, MSVC_SPEC_NOT_FOUND */
export async function connect(context: Context): Promise<Connected> {
  const connected = await tryConnect(context);
  if (connected) return connected;
  const { endLeftovers } = await import('./leftovers.ts');
  await endLeftovers(context);
  throw notRunning(context);
}

export function notRunning({ globals: { projectName } }: Context): MsvcError {
  return new MsvcError('MSVC_NOT_RUNNING', 'no such project is running', {
    facts: projectName === undefined ? {} : { project: projectName },
  });
}

/** @returns null when no engine runs, or the one that does is just ending */
export async function tryConnect(context: Context): Promise<Connected | null> {
  const record = findEngine(whereOf(context));
  if (!record) return null;
  try {
    const client = await Client.connect(record.socket, greetingOf(record));
    noteVersion(context, client);
    return { client, record };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ECONNREFUSED' || code === 'ECONNRESET') return null;
    throw error;
  }
}

/** An engine of this very version greets as it is recorded: a short command need not wait for that. */
function greetingOf({ version, pid, name, dir }: EngineRecord): Result<'hello'> | null {
  return version === VERSION ? { version, protocol: PROTOCOL_VERSION, pid, project: { name, dir } } : null;
}

/** One request and no more. */
export async function withEngine<T>(
  context: Context,
  use: (client: Client, record: EngineRecord) => Promise<T>,
): Promise<T> {
  const { client, record } = await connect(context);
  try {
    return await use(client, record);
  } finally {
    client.close();
  }
}

/** A question that changes nothing, in the quickest way there is. @throws as `connect`, and what the engine answers */
export async function ask<M extends Method>(context: Context, method: M, params: Params<M>): Promise<Result<M>> {
  const record = findEngine(whereOf(context));
  const answer = record?.version === VERSION ? askOnce(record.socket, method, params) : undefined;
  return answer ?? (await withEngine(context, (client) => client.request(method, params)));
}

/** @throws MsvcError MSVC_UNKNOWN_SERVICE with the nearest name */
export function assertServices(names: readonly string[], known: readonly string[]): void {
  for (const service of names) {
    if (known.includes(service)) continue;
    const suggestion = suggest(service, known);
    throw new MsvcError('MSVC_UNKNOWN_SERVICE', `no service ${service}`, {
      facts: { service, known, ...(suggestion !== undefined && { suggestion }) },
    });
  }
}

export function serviceNames(view: View): string[] {
  return Object.keys(view.services);
}
