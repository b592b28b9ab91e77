/** Process trees, their memory and their time as /proc tells them; of what ends meanwhile the meter knows the time. Linux. */
import { readdirSync, readFileSync } from 'node:fs';

interface Stat {
  readonly pid: number;
  readonly parent: number;
  readonly name: string;
}

function stat(pid: number): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const name = text.slice(text.indexOf('(') + 1, text.lastIndexOf(')'));
    const rest = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { pid, parent: Number(rest[1]), name };
  } catch {
    return undefined;
  }
}

/** `roots` and all below them, without the trees of `except`. */
export function tree(roots: readonly number[], except: ReadonlySet<number>): number[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => stat(Number(name)))
    .filter((found) => found !== undefined);
  const members = new Set(roots.filter((pid) => !except.has(pid)));
  for (let grown = true; grown; ) {
    grown = false;
    for (const { pid, parent } of all) {
      if (members.has(parent) && !members.has(pid) && !except.has(pid)) {
        members.add(pid);
        grown = true;
      }
    }
  }
  return [...members].filter((pid) => stat(pid) !== undefined);
}

/**
 * `pss`: shared pages are counted in parts, so that sums over processes are true; it is smaller the more processes
 * of the same program run on the machine. `rss` counts them in full: an upper bound that depends on nobody else.
 */
export function megabytes(pid: number): { pss: number; rss: number } {
  try {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    const of = (key: string): number => Number(new RegExp(`^${key}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0) / 1024;
    return { pss: of('Pss'), rss: of('Rss') };
  } catch {
    return { pss: 0, rss: 0 };
  }
}

/** On-CPU time of all threads so far, microseconds, from the scheduler's own account. */
export function cpuUs(pid: number): number {
  return scheduled(pid).reduce((sum, [ranNs]) => sum + ranNs, 0) / 1_000;
}

/** For how long each thread could have run so far and had no core, microseconds, by thread. */
export function waitedUs(pid: number): Map<string, number> {
  return new Map(scheduled(pid).map(([, waitedNs, thread]) => [thread, waitedNs / 1_000]));
}

function scheduled(pid: number): [number, number, string][] {
  return readdirSync(`/proc/${pid}/task`).flatMap((thread): [number, number, string][] => {
    try {
      const [ran, waited] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ');
      return [[Number(ran), Number(waited), thread]];
    } catch {
      // It has just ended.
      return [];
    }
  });
}

export function processName(pid: number): string {
  return stat(pid)?.name ?? '?';
}
