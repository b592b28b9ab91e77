/** Who has a database open. Linux only, where every process shows its open files; elsewhere it cannot be seen. */
import { readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import path from 'node:path';

export interface Holder {
  readonly pid: number;
  /** Command line, at most 200 characters. */
  readonly command: string;
}

const COMMAND_CHARACTERS = 200;

/**
 * Processes, this one left out, that have the database, its -wal or its -shm open. Processes of other users are not seen.
 * @returns undefined where this cannot be known (not Linux)
 */
export function openedBy(file: string): Holder[] | undefined {
  if (process.platform !== 'linux') return undefined;
  const real = realPath(file);
  const files = new Set([real, `${real}-wal`, `${real}-shm`]);
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid && hasOpen(name, files))
    .map((name) => ({ pid: Number(name), command: commandOf(name) }));
}

function hasOpen(pid: string, files: ReadonlySet<string>): boolean {
  return attempt(() => readdirSync(`/proc/${pid}/fd`), []).some((fd) =>
    files.has(attempt(() => readlinkSync(`/proc/${pid}/fd/${fd}`), '')),
  );
}

function commandOf(pid: string): string {
  const raw = attempt(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8'), '');
  return raw.replaceAll('\0', ' ').trim().slice(0, COMMAND_CHARACTERS);
}

function realPath(file: string): string {
  return attempt(() => realpathSync(file), path.resolve(file));
}

/** Processes and descriptors come and go while one looks; others' are closed to us. */
function attempt<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}
