/**
 * Finds processes by the marks in their environment (Linux only): what a service started and what then left its
 * group. It cannot see: other systems, other users' processes, programs that overwrite their own environment (some
 * do, to set their title), and children started with a cleared one.
 */
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { posix } from '../children/posix.ts';
import { INSTANCE_MARK, RUN_MARK, SERVICE_MARK } from '../marks.ts';
import { hasProc } from '../process-table.ts';
import { coalesce } from './coalesce.ts';
import { procRow, walkProcesses } from './proc-reader.ts';
import type { ProcessRow } from './process-row.ts';

export interface MarkedProcess extends ProcessRow {
  readonly run: string;
  readonly service: string | null;
  readonly instance: string | null;
}

/** Nearly every environment fits: then it is read in one go, into the same memory. */
const room = Buffer.allocUnsafe(64 * 1024);
/** Processes that appear while one looks are looked at too; a machine that starts some all the time is let be. */
const MOST_ROUNDS = 5;
const ANY = '';

/** Good until the next call. @throws when it is gone or somebody else's */
function readEnvironment(pid: number): Buffer {
  const path = `/proc/${pid}/environ`;
  const fd = openSync(path, 'r');
  try {
    const length = readSync(fd, room, 0, room.length, 0);
    return length < room.length ? room.subarray(0, length) : readFileSync(path);
  } finally {
    closeSync(fd);
  }
}

function readValue(environment: Buffer, name: string): string | null {
  const key = `${name}=`;
  for (let at = environment.indexOf(key); at !== -1; at = environment.indexOf(key, at + 1)) {
    if (at !== 0 && environment[at - 1] !== 0) continue;
    const end = environment.indexOf(0, at);
    return environment.toString('utf8', at + key.length, end === -1 ? environment.length : end);
  }
  return null;
}

function readMarks(pid: number): MarkedProcess | null {
  let environment: Buffer;
  try {
    environment = readEnvironment(pid);
  } catch {
    return null;
  }
  const run = readValue(environment, RUN_MARK);
  if (run === null) return null;
  const row = procRow(pid);
  if (!row || row.zombie) return null;
  return {
    ...row,
    run,
    service: readValue(environment, SERVICE_MARK),
    instance: readValue(environment, INSTANCE_MARK),
  };
}

/** Of these the ones to read: nearly all processes of a machine bear no mark. */
function bearers(pids: readonly number[], run: string): readonly number[] {
  const native = posix();
  return native === null ? pids : native.bear(pids, `${RUN_MARK}=${run}`);
}

async function look(run: string): Promise<readonly MarkedProcess[]> {
  const found: MarkedProcess[] = [];
  const seen = new Set<number>([process.pid]);
  // Whatever a process starts before it is read shows in the next listing.
  for (let round = 0, fresh = true; fresh && round < MOST_ROUNDS; round += 1) {
    fresh = false;
    await walkProcesses((pids) => {
      const unseen = pids.filter((pid) => !seen.has(pid));
      if (unseen.length === 0) return;
      fresh = true;
      for (const pid of unseen) seen.add(pid);
      for (const pid of bearers(unseen, run)) {
        const marked = readMarks(pid);
        if (marked && (run === ANY || marked.run === run)) found.push(marked);
      }
    });
  }
  return found;
}

const looks = new Map<string, () => Promise<readonly MarkedProcess[]>>();

/**
 * Every living process with marks of that run, absent: of any run; itself and this process's ancestors left out. Empty
 * where nothing can be seen.
 */
export async function markedProcesses(run = ANY): Promise<readonly MarkedProcess[]> {
  if (!hasProc) return [];
  const shared = looks.get(run) ?? coalesce(() => look(run));
  looks.set(run, shared);
  const found = await shared();
  if (found.length === 0) return found;
  const ancestors = new Set<number>();
  for (let row = procRow(process.pid); row && row.ppid > 1; row = procRow(row.ppid)) ancestors.add(row.ppid);
  return found.filter((marked) => !ancestors.has(marked.pid));
}
