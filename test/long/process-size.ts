/** What a process holds, as Linux tells it: descriptors by kind, threads, memory. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

export interface ProcessSize {
  readonly sockets: number;
  /** Descriptors of other kinds: files, pipes, watches. */
  readonly files: number;
  readonly threads: number;
  readonly megabytes: number;
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
    megabytes: Math.round(field('VmRSS') / 1024),
  };
}

/** The least of each: what is held for good, without what was under way at one look. */
export function least(sizes: readonly ProcessSize[]): ProcessSize {
  const of = (field: keyof ProcessSize): number => Math.min(...sizes.map((size) => size[field]));
  return { sockets: of('sockets'), files: of('files'), threads: of('threads'), megabytes: of('megabytes') };
}
