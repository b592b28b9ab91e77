/** Removes what an engine that was killed left in the user's runtime folder. Never touches a living one's. */
import { readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { removeDeadDrafts, takeLock } from '../runtime/lock-file.ts';
import { removeDeadClaims } from '../runtime/ports/reservations.ts';
import { runtimeDir } from '../runtime/runtime-dir.ts';
import { readRecord } from './locate.ts';

/** @returns whether there was anything of that project */
export function removeDeadEngine(stateDir: string): boolean {
  const folder = runtimeDir();
  removeDeadDrafts(folder);
  let found = false;
  for (const name of readdirSync(folder)) {
    if (!/^[0-9a-f]{10}\.json$/.test(name)) continue;
    const record = path.join(folder, name);
    const content = readRecord(record);
    if (content?.stateDir !== stateDir) continue;
    const lock = takeLock(`${record}.lock`);
    if (!lock) continue;
    rmSync(record, { force: true });
    rmSync(content.socket, { force: true });
    lock.release();
    found = true;
  }
  return removeDeadClaims(folder, stateDir) || found;
}
