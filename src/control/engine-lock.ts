/**
 * One engine a project: a lock file in the runtime folder that names its holder by pid and start time. A stale one is
 * taken over exactly once, since only one process can create the takeover mark of that very holder.
 */
import { closeSync, openSync, readFileSync, unlinkSync, writeSync } from 'node:fs';
import { isProcess, startTimeOf } from '../runtime/process-table.ts';

export interface EngineLock {
  /** The lock was left behind by an engine that is gone. */
  readonly stale: boolean;
  release(): void;
}

/** @returns null when a living process holds it */
export function takeEngineLock(file: string): EngineLock | null {
  const own = `${process.pid} ${startTimeOf(process.pid) ?? ''}`;
  let stale = false;
  for (;;) {
    if (createExclusive(file, own)) return { stale, release: () => removeIfOwn(file, own) };
    const holder = read(file);
    if (holder === null) continue;
    const [pid, ...start] = holder.split(' ');
    if (isProcess(Number(pid), start.join(' '))) return null;
    stale = true;
    const mark = `${file}.${holder.replace(/\W/g, '-')}`;
    if (!createExclusive(mark, own)) {
      const other = read(mark)?.split(' ');
      if (other && isProcess(Number(other[0]), other.slice(1).join(' '))) continue;
    }
    if (read(file) === holder) remove(file);
    remove(mark);
  }
}

function createExclusive(file: string, text: string): boolean {
  try {
    const fd = openSync(file, 'wx', 0o600);
    writeSync(fd, text);
    closeSync(fd);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

function remove(file: string): void {
  try {
    unlinkSync(file);
  } catch {
    // Somebody else was quicker: what matters is that it is gone.
  }
}

function removeIfOwn(file: string, own: string): void {
  if (read(file) === own) remove(file);
}
