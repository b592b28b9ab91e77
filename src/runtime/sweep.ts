/**
 * Ends what earlier runs left behind: runs whose engine is gone, of one project. Known by pid + start + group, and on
 * Linux by the run's mark; never by name. An engine that lives is not touched, nor a record from another boot's or
 * container's pids. Needs no engine: any command may do it.
 */
import { rmSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { type Launch, pidSpace, type RunRecord, readRuns } from './launch-ledger.ts';
import { groupMembers, hasProc, isProcess, processTable, sendSignal } from './process-table.ts';
import { markedProcesses } from './processes/marked.ts';
import type { ProcessRow } from './processes/process-row.ts';

export interface Swept {
  readonly run: string;
  /** Null when only its mark told that it was ours. */
  readonly service: string | null;
  readonly pid: number;
  readonly command: string;
}

export interface SweepOptions {
  readonly stateDir: string;
  /** Between TERM and KILL. Default 2000. */
  readonly graceMs?: number;
  /** Only these runs; absent = every run of the project whose engine is gone. */
  readonly runs?: readonly string[];
}

interface Leftover extends Swept {
  readonly row: ProcessRow;
}

const LOOK_MS = 25;
const KILL_LOOKS = 40;

/** @returns what it ended, empty for a clean start. Nothing thrown: what may not be ended stays, with its record. */
export async function sweep({ stateDir, graceMs = 2000, runs }: SweepOptions): Promise<readonly Swept[]> {
  const space = pidSpace();
  const dead: RunRecord[] = [];
  for (const record of readRuns(stateDir)) {
    if (runs && !runs.includes(record.run)) continue;
    if (record.engine.space === space) {
      if (!isProcess(record.engine.pid, record.engine.start)) dead.push(record);
    } else if (record.engine.space.split(' ')[0] !== space.split(' ')[0]) {
      // Before a restart of the machine: none of it can live.
      rmSync(record.file, { force: true });
    }
  }
  if (dead.length === 0) return [];
  try {
    const ended = await end(() => leftoversOf(dead), graceMs);
    for (const record of dead) rmSync(record.file, { force: true });
    return ended;
  } catch {
    // The table could not be read, or the folder not written: the records stay for the next command.
    return [];
  }
}

/**
 * The last look of an engine that goes: ends what bears its run's mark and escaped every group. Empty on systems
 * where marks cannot be seen.
 */
export async function sweepRun(run: string, graceMs = 500): Promise<readonly Swept[]> {
  return end(() => leftoversMarked(new Set([run]), new Map()), graceMs);
}

/** TERM, once, to all; KILL to what is left after the grace, and to what that has started meanwhile. */
async function end(find: () => Promise<Leftover[]>, graceMs: number): Promise<Swept[]> {
  const ended = new Map<number, Leftover>();
  let left = await find();
  if (left.length === 0) return [];
  for (const leftover of left) {
    ended.set(leftover.pid, leftover);
    sendSignal(leftover.pid, 'SIGTERM');
  }
  const lives = ({ row }: Leftover): boolean => isProcess(row.pid, row.start);
  for (const until = performance.now() + graceMs; left.some(lives) && performance.now() < until; ) await pause(LOOK_MS);
  for (let look = 0; look < KILL_LOOKS; look += 1) {
    left = await find();
    if (left.length === 0) break;
    for (const leftover of left) {
      ended.set(leftover.pid, leftover);
      sendSignal(leftover.pid, 'SIGKILL');
    }
    await pause(LOOK_MS);
  }
  return [...ended.values()].map(({ row: _row, ...swept }) => swept);
}

async function leftoversOf(records: readonly RunRecord[]): Promise<Leftover[]> {
  const found = new Map<number, Leftover>();
  const services = new Map<number, string>();
  for (const { run, launches } of records) {
    for (const launch of launches) {
      services.set(launch.pid, launch.service);
      for (const row of await groupOf(launch)) {
        found.set(row.pid, await leftover(row, run, launch.service));
      }
    }
  }
  const marked = await leftoversMarked(new Set(records.map((record) => record.run)), services);
  for (const one of marked) if (!found.has(one.pid)) found.set(one.pid, one);
  return [...found.values()];
}

/**
 * What is left of one launch's group. While the leader lives its start proves the group ours. When it has gone, a
 * living group of that number can only be ours or a later process's: on Linux the marks decide, elsewhere a member
 * from before the launch disproves it.
 */
async function groupOf(launch: Launch): Promise<readonly ProcessRow[]> {
  if (!sendSignal(-launch.pid, 0) || launch.start === '') return [];
  if (isProcess(launch.pid, launch.start)) return groupMembers(launch.pid, false);
  if (hasProc) return [];
  const members = await groupMembers(launch.pid, true);
  return members.some((row) => Date.parse(row.start) < Date.parse(launch.start)) ? [] : members;
}

async function leftoversMarked(runs: ReadonlySet<string>, services: ReadonlyMap<number, string>): Promise<Leftover[]> {
  const marked = (await Promise.all([...runs].map((run) => markedProcesses(run)))).flat();
  return Promise.all(marked.map((row) => leftover(row, row.run, row.service ?? services.get(row.pgid) ?? null)));
}

async function leftover(row: ProcessRow, run: string, service: string | null): Promise<Leftover> {
  return { run, service, pid: row.pid, command: (await processTable.command(row.pid)) ?? '', row };
}
