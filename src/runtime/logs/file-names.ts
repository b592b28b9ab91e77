/**
 * Where log files lie: `<dir>/<service>.<replica>.log`, rotated ones with `.1` (the newest of them), `.2` and so on.
 * Owns the naming, and the removal; never opens a file.
 */
import { statSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

export interface LogSlot {
  readonly service: string;
  readonly replica: number;
}

export interface LogFiles extends LogSlot {
  /** Absolute paths that exist, oldest first. */
  readonly paths: readonly string[];
}

/** `index` 0 is the file being written. */
export function logPath(dir: string, slot: LogSlot, index = 0): string {
  const base = join(dir, `${slot.service}.${slot.replica}.log`);
  return index === 0 ? base : `${base}.${index}`;
}

/** A service's name may contain dots; the replica is the last number before `.log`. */
const NAME = /^(.+)\.(\d+)\.log(?:\.(\d+))?$/;

export function parseLogName(name: string): (LogSlot & { readonly index: number }) | undefined {
  const match = NAME.exec(name);
  if (!match) return undefined;
  return { service: match[1]!, replica: Number(match[2]), index: Number(match[3] ?? 0) };
}

/** What exists, by service and replica; empty when the folder does not exist. */
export async function logFiles(dir: string): Promise<LogFiles[]> {
  const slots = new Map<string, LogSlot & { readonly indexes: number[] }>();
  for (const name of await names(dir)) {
    const parsed = parseLogName(name);
    if (!parsed) continue;
    const key = `${parsed.service}.${parsed.replica}`;
    let slot = slots.get(key);
    if (!slot) {
      slot = { service: parsed.service, replica: parsed.replica, indexes: [] };
      slots.set(key, slot);
    }
    slot.indexes.push(parsed.index);
  }
  return [...slots.values()]
    .sort((a, b) => (a.service < b.service ? -1 : a.service > b.service ? 1 : a.replica - b.replica))
    .map((slot) => ({
      service: slot.service,
      replica: slot.replica,
      paths: slot.indexes.sort((a, b) => b - a).map((index) => logPath(dir, slot, index)),
    }));
}

/** Removes every log file, and the folder when nothing else is in it. */
export async function removeLogs(dir: string): Promise<void> {
  const all = await names(dir);
  const ours = all.filter((name) => parseLogName(name));
  await Promise.all(ours.map((name) => rm(join(dir, name), { force: true })));
  if (ours.length === all.length) await rm(dir, { recursive: true, force: true });
}

async function names(dir: string): Promise<string[]> {
  try {
    return await readdir(dir);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return [];
    // What is in the way above it has no logs either.
    if (code === 'ENOTDIR' && !statSync(dirname(dir), { throwIfNoEntry: false })?.isDirectory()) return [];
    throw error;
  }
}
