/**
 * The process table from Linux's /proc. Reads synchronously (asynchronous file reads cost ten times the CPU here)
 * but lets the event loop breathe between slices, so that a machine with thousands of processes adds no latency.
 */
import { closeSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import { coalesce } from './coalesce.ts';
import { type ProcessReader, type ProcessRow, shortCommand } from './process-row.ts';

const SLICE = 128;
const AT_PAGESZ = 6n;
const AT_CLKTCK = 17n;
/** Of /proc/<pid>/stat, counted from what follows the name: `starttime` of proc(5). */
const START_FIELD = 19;

const buffer = Buffer.allocUnsafe(4096);

/** The first 4 KB of a file of /proc, or null. */
function readHead(path: string): string | null {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch {
    return null;
  }
  try {
    return buffer.toString('latin1', 0, readSync(fd, buffer, 0, buffer.length, 0));
  } catch {
    return null;
  } finally {
    closeSync(fd);
  }
}

interface Units {
  readonly pageBytes: number;
  readonly ticksPerSecond: number;
}

/** The kernel tells every program both units in its auxiliary vector: pairs of machine words. */
function readUnits(): Units {
  const units = { pageBytes: 4096, ticksPerSecond: 100 };
  try {
    const vector = readFileSync('/proc/self/auxv');
    for (let at = 0; at + 16 <= vector.length; at += 16) {
      const type = vector.readBigUInt64LE(at);
      if (type === AT_PAGESZ) units.pageBytes = Number(vector.readBigUInt64LE(at + 8));
      if (type === AT_CLKTCK) units.ticksPerSecond = Number(vector.readBigUInt64LE(at + 8));
    }
  } catch {
    // Hidden by the sandbox: what nearly every machine has.
  }
  return units;
}

let units: Units | undefined;

/**
 * /proc/<pid>/stat from its third field on: the name stands in parentheses and may hold anything, parentheses too, so
 * fields count from the last one.
 */
function statFields(pid: number): string | null {
  const text = readHead(`/proc/${pid}/stat`);
  if (text === null) return null;
  const nameEnd = text.lastIndexOf(')');
  return nameEnd < 0 ? null : text.slice(nameEnd + 2);
}

const isZombie = (state: string | undefined): boolean => state === 'Z' || state === 'X' || state === 'x';

/** When it started; null when there is no such process, or a zombie only. Every short command asks this of an engine. */
export function procStart(pid: number): string | null {
  const fields = statFields(pid);
  if (fields === null || isZombie(fields[0])) return null;
  // Each launch asks it: fifty strings for the one that is wanted would be the most of it.
  let at = 0;
  for (let field = 0; field < START_FIELD; field++) at = fields.indexOf(' ', at) + 1;
  const end = fields.indexOf(' ', at);
  return end < 0 ? null : fields.slice(at, end);
}

export function procRow(pid: number): ProcessRow | null {
  const fields = statFields(pid)?.split(' ');
  if (fields === undefined || fields.length < 22) return null;
  units ??= readUnits();
  const ticks = Number(fields[11]) + Number(fields[12]) + Number(fields[13]) + Number(fields[14]);
  return {
    pid,
    ppid: Number(fields[1]),
    pgid: Number(fields[2]),
    zombie: isZombie(fields[0]),
    start: fields[START_FIELD]!,
    cpuSeconds: ticks / units.ticksPerSecond,
    memoryBytes: Number(fields[21]) * units.pageBytes,
  };
}

function procPids(): number[] {
  const pids: number[] = [];
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    if (Number.isInteger(pid)) pids.push(pid);
  }
  return pids;
}

/** Calls `each` with every process there is, in slices. */
export async function walkProcesses(each: (pids: readonly number[]) => void): Promise<void> {
  const pids = procPids();
  for (let at = 0; at < pids.length; at += SLICE) {
    if (at > 0) await new Promise((resolve) => setImmediate(resolve));
    each(pids.slice(at, at + SLICE));
  }
}

export const procReader: ProcessReader = {
  rows: coalesce(async () => {
    const rows: ProcessRow[] = [];
    await walkProcesses((pids) => {
      for (const pid of pids) {
        const row = procRow(pid);
        if (row) rows.push(row);
      }
    });
    return rows;
  }),
  async rowsOf(pids) {
    return pids.map(procRow).filter((row) => row !== null);
  },
  async command(pid) {
    const line = readHead(`/proc/${pid}/cmdline`);
    if (line) return shortCommand(Buffer.from(line.replaceAll('\0', ' '), 'latin1').toString('utf8'));
    const name = readHead(`/proc/${pid}/comm`);
    return name === null ? null : `[${name.trim()}]`;
  },
};
