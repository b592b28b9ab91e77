/** Process trees and their memory as /proc tells them. CPU time is the meter's: it knows it to the microsecond. Linux. */
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

export function processName(pid: number): string {
  return stat(pid)?.name ?? '?';
}
