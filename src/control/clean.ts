/** Removes what an engine that was killed left in the user's runtime folder. Never touches a living one's. */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { Reservations } from '../runtime/ports/reservations.ts';
import { runtimeDir } from '../runtime/runtime-dir.ts';
import { takeEngineLock } from './engine-lock.ts';
import { readRecord } from './locate.ts';

/** @returns whether there was anything of that project */
export function removeDeadEngine(stateDir: string): boolean {
  const folder = runtimeDir();
  let found = false;
  for (const name of readdirSync(folder)) {
    if (!/^[0-9a-f]{10}\.json$/.test(name)) continue;
    const record = path.join(folder, name);
    const content = readRecord(record);
    if (content?.stateDir !== stateDir) continue;
    const lock = takeEngineLock(`${record}.lock`);
    if (!lock) continue;
    rmSync(record, { force: true });
    rmSync(content.socket, { force: true });
    lock.release();
    found = true;
  }
  return releaseDeadPorts(stateDir) || found;
}

/** Port reservations of this project whose engine is gone. */
export function releaseDeadPorts(stateDir: string): boolean {
  const folder = runtimeDir();
  const reservations = new Reservations(folder, stateDir);
  let found = false;
  for (const name of readdirSync(path.join(folder, 'ports'))) {
    if (!/^\d+$/.test(name)) continue;
    let project: unknown;
    try {
      ({ project } = JSON.parse(readFileSync(path.join(folder, 'ports', name), 'utf8')));
    } catch {
      continue;
    }
    if (project !== stateDir || reservations.take(Number(name)) !== null) continue;
    reservations.release(Number(name));
    found = true;
  }
  return found;
}
