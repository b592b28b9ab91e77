/** Which database a `msvc db` command means: from the running engine where there is one, otherwise from the file. */
import type { Client } from '../../control/client.ts';
import { MsvcError } from '../../model/error.ts';
import type { DatabaseSpec, Project, ServiceSpec } from '../../model/project.ts';
import type { Context } from '../context.ts';
import { assertServices, tryConnect } from '../engine/connect.ts';

export interface FoundDatabase {
  readonly service: ServiceSpec;
  readonly database: DatabaseSpec;
  /** null: no engine runs. To be closed by whoever asked. */
  readonly client: Client | null;
}

/** @throws MsvcError MSVC_UNKNOWN_SERVICE, MSVC_NO_DATABASE, and as loading does */
async function findDatabase(context: Context, name: string): Promise<FoundDatabase> {
  const client = (await tryConnect(context))?.client ?? null;
  try {
    const project = (await client?.request('project', {})) ?? (await fromFile(context));
    assertServices([name], Object.keys(project.services));
    const service = project.services[name] as ServiceSpec;
    if (!service.database) {
      const place = service.places.service;
      throw new MsvcError('MSVC_NO_DATABASE', `${name} has no database`, { facts: { service: name }, place });
    }
    return { service, database: service.database, client };
  } catch (error) {
    client?.close();
    throw error;
  }
}

async function fromFile(context: Context): Promise<Project> {
  const { loadProjectFor } = await import('../project.ts');
  return await loadProjectFor(context);
}

/** Finds it, uses it, and lets go of the engine. */
export async function withDatabase<T>(
  context: Context,
  name: string,
  use: (found: FoundDatabase) => Promise<T>,
): Promise<T> {
  const found = await findDatabase(context, name);
  try {
    return await use(found);
  } finally {
    found.client?.close();
  }
}

/** Migrates and seeds, by the engine where there is one. @returns the names of what was applied */
export async function prepare({ service, database, client }: FoundDatabase): Promise<readonly string[]> {
  if (client) return (await client.request('migrate', { service: service.name })).applied;
  const { prepareDatabase } = await import('../../data/index.ts');
  const { applied, seeded } = await prepareDatabase({
    service: service.name,
    spec: database,
    workerFile: new URL('../data/worker.cjs', import.meta.url),
    places: service.places,
  });
  return seeded ? [...applied, 'seed'] : applied;
}
