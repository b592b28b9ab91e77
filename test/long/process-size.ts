/** What a process holds, as Linux tells it: descriptors by kind, threads, memory. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

export interface ProcessSize {
  readonly sockets: number;
  /** Descriptors of other kinds: files, pipes, watches. */
  readonly files: number;
  readonly threads: number;
  /** What it has written to: heaps, stacks, buffers. Pages of files are left out, the kernel takes them back as it likes. */
  readonly ownMegabytes: number;
}

export function sizeOf(pid: number): ProcessSize {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const field = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1]);
  const kinds = readdirSync(`/proc/${pid}/fd`).map((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`).startsWith('socket:');
    } catch {
      // Closed since it was listed.
      return null;
    }
  });
  return {
    sockets: kinds.filter((isSocket) => isSocket === true).length,
    files: kinds.filter((isSocket) => isSocket === false).length,
    threads: field('Threads'),
    ownMegabytes: Math.round((field('RssAnon') + field('VmSwap')) / 1024),
  };
}

/**
 * What is held for good. Of what is counted the least: more was under way at a look. Of memory the median: a heap breathes,
 * and one look just after a great collection says as little as one just before it.
 */
export function held(sizes: readonly ProcessSize[]): ProcessSize {
  const of = (field: keyof ProcessSize): number[] => sizes.map((size) => size[field]).sort((a, b) => a - b);
  const least = (field: keyof ProcessSize): number => of(field)[0]!;
  return {
    sockets: least('sockets'),
    files: least('files'),
    threads: least('threads'),
    ownMegabytes: of('ownMegabytes')[sizes.length >> 1]!,
  };
}
