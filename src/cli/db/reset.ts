/** `msvc db reset`: a new database in place of the old one. Asks first; the service is stopped meanwhile. */
import { createInterface } from 'node:readline/promises';
import { openedBy, resetDatabase } from '../../data/index.ts';
import { MsvcError } from '../../model/error.ts';
import { isAlive } from '../../model/instance.ts';
import type { Context } from '../context.ts';
import { watchStop } from '../engine/watch-stop.ts';
import { list } from '../wording/lists.ts';
import { type FoundDatabase, prepare, withDatabase } from './database.ts';

export async function reset(context: Context, service: string, yes: boolean): Promise<number> {
  return await withDatabase(context, service, async (found) => {
    if (!yes && !(await confirmed(service, found.database.path))) return 1;
    const restart = await stopped(context, found);
    const holders = openedBy(found.database.path) ?? [];
    if (holders.length > 0) {
      const who = list(holders.map(({ pid, command }) => `process ${pid} (${command})`));
      if (restart) await found.client?.request('start', { services: [service] });
      throw new MsvcError('MSVC_DATABASE_BUSY', `${who} has the database of ${service} open`, {
        facts: { service, file: found.database.path, pids: holders.map(({ pid }) => String(pid)) },
        hint: 'end it, then run this again',
      });
    }
    resetDatabase(found.database.path);
    const applied = await prepare(found);
    if (restart) await found.client?.request('start', { services: [service] });
    const what = applied.length === 0 ? '' : ` (${list(applied)})`;
    context.out.line(`${service} has a new database${what}${restart ? ' and is starting again' : ''}`);
    return 0;
  });
}

async function confirmed(service: string, file: string): Promise<boolean> {
  if (!process.stdin.isTTY) {
    throw new MsvcError('MSVC_USAGE', `this deletes all data of ${service}, and there is nobody to ask`, {
      hint: 'say so with --yes',
    });
  }
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await lines.question(`Delete all data of ${service} (${file})? [y/N] `);
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    lines.close();
  }
}

/** @returns whether it ran, and so is to be started again */
async function stopped(context: Context, { client, service }: FoundDatabase): Promise<boolean> {
  if (!client) return false;
  const view = (await client.request('view', {})).services[service.name];
  const ran = view?.enabled === true || Object.values(view?.instances ?? {}).some((i) => isAlive(i.phase));
  if (ran) await watchStop(context, client, () => client.request('stop', { services: [service.name] }));
  return ran;
}
