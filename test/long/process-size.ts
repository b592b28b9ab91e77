/** What a process holds, as Linux tells it: descriptors by kind, threads, memory. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { DEFAULT_LIMITS } from '../../src/gateway/limits.ts';
import { eventually } from '../rig/wait.ts';

/** Longer than the longest that an idle connection is kept which no client holds. */
const REST_MS = DEFAULT_LIMITS.upstreamIdleMs + 2_000;

export interface ProcessSize {
  readonly sockets: number;
  /** Descriptors of other kinds, logs of services aside: files, pipes, watches. */
  readonly files: number;
  readonly logs: number;
  readonly threads: number;
  /** What it has written to: heaps, stacks, buffers. Pages of files are left out, the kernel takes them back as it likes. */
  readonly ownMegabytes: number;
}

export function sizeOf(pid: number): ProcessSize {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const field = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1]);
  const kinds = readdirSync(`/proc/${pid}/fd`).map((fd) => {
    try {
      const target = readlinkSync(`/proc/${pid}/fd/${fd}`);
      return target.startsWith('socket:') ? 'socket' : target.includes('/.msvc/logs/') ? 'log' : 'file';
    } catch {
      // Closed since it was listed.
      return null;
    }
  });
  return {
    sockets: kinds.filter((kind) => kind === 'socket').length,
    files: kinds.filter((kind) => kind === 'file').length,
    logs: kinds.filter((kind) => kind === 'log').length,
    threads: field('Threads'),
    ownMegabytes: Math.round((field('RssAnon') + field('VmSwap')) / 1024),
  };
}

/** Nobody asks anything of it any more: as soon as it has neither opened nor closed anything for a while. */
export async function sizeAtRest(pid: number): Promise<ProcessSize> {
  let last = sizeOf(pid);
  let since = performance.now();
  return eventually(`process ${pid} to rest`, () => {
    const now = sizeOf(pid);
    if (now.sockets !== last.sockets || now.files !== last.files) since = performance.now();
    last = now;
    return performance.now() - since > REST_MS && now;
  });
}

/**
 * What lasts. Of threads the least: more were at work at a look. Of memory the median: a heap breathes, and one look just
 * after a great collection says as little as one just before it.
 */
export function lasting(sizes: readonly ProcessSize[]): Pick<ProcessSize, 'threads' | 'ownMegabytes'> {
  const of = (field: keyof ProcessSize): number[] => sizes.map((size) => size[field]).sort((a, b) => a - b);
  return { threads: of('threads')[0]!, ownMegabytes: of('ownMegabytes')[sizes.length >> 1]! };
}
