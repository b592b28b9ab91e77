/**
 * Who listens where. On Linux from /proc (descriptors of other users' processes cannot be seen); elsewhere from
 * `lsof`, where it is installed. For messages and checks, never for a decision that must not be wrong.
 */
import { execFile } from 'node:child_process';
import { readdirSync, readlinkSync } from 'node:fs';
import { hasProc, processTable } from '../process-table.ts';
import { coalesce } from './coalesce.ts';
import { readListening } from './listening-table.ts';
import { walkProcesses } from './proc-reader.ts';

const ownListeningSockets = coalesce(async () => listeningSockets('self'));

/** Of the network namespace of `pid`, which is nearly always ours; then callers of one moment share the look. */
function socketsAround(pid: number): Promise<Map<string, number>> {
  return networkOf(pid) === networkOf('self') ? ownListeningSockets() : Promise.resolve(listeningSockets(pid));
}

function networkOf(pid: number | 'self'): string | null {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`);
  } catch {
    return null;
  }
}

/** Socket inode -> TCP port, of all listening sockets. */
function listeningSockets(pid: number | 'self'): Map<string, number> {
  return new Map((readListening(pid) ?? []).map(({ inode, port }) => [inode, port]));
}

function socketInodes(pid: number): string[] {
  const inodes: string[] = [];
  try {
    for (const fd of readdirSync(`/proc/${pid}/fd`)) {
      try {
        const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1];
        if (inode !== undefined) inodes.push(inode);
      } catch {
        // Closed meanwhile.
      }
    }
  } catch {
    // Gone, or somebody else's.
  }
  return inodes;
}

/** Lines of `lsof -F`: `p<pid>` then, for each socket of it, `n<address>:<port>`. */
function lsof(args: readonly string[]): Promise<{ pid: number; port: number }[]> {
  return new Promise((resolve) => {
    execFile('lsof', ['-nP', '-sTCP:LISTEN', '-Fpn', ...args], (_error, stdout) => {
      const found: { pid: number; port: number }[] = [];
      let pid = 0;
      for (const line of (stdout ?? '').split('\n')) {
        if (line.startsWith('p')) pid = Number(line.slice(1));
        if (line.startsWith('n')) found.push({ pid, port: Number(line.slice(line.lastIndexOf(':') + 1)) });
      }
      resolve(found);
    });
  });
}

/** The TCP ports that any of these processes listens on, ascending, each once. Takes some 10 ms: to be asked seldom. */
export async function listeningPorts(pids: readonly number[]): Promise<number[]> {
  const [first] = pids;
  if (first === undefined) return [];
  const ports = new Set<number>();
  if (hasProc) {
    const sockets = await socketsAround(first);
    for (const inode of pids.flatMap(socketInodes)) {
      const port = sockets.get(inode);
      if (port !== undefined) ports.add(port);
    }
  } else {
    for (const { port } of await lsof(['-a', '-p', pids.join(','), '-iTCP'])) ports.add(port);
  }
  return [...ports].sort((a, b) => a - b);
}

export interface PortOwner {
  readonly pid: number;
  readonly command: string;
}

/** Who listens on this port; null when nobody does or when it may not be seen. */
export async function portOwner(port: number): Promise<PortOwner | null> {
  const pid = hasProc ? await listenerOf(port) : (await lsof([`-iTCP:${port}`]))[0]?.pid;
  if (pid === undefined) return null;
  return { pid, command: (await processTable.command(pid)) ?? '' };
}

async function listenerOf(port: number): Promise<number | undefined> {
  const inodes = new Set(
    [...(await ownListeningSockets())].filter(([, number]) => number === port).map(([inode]) => inode),
  );
  if (inodes.size === 0) return undefined;
  let owner: number | undefined;
  await walkProcesses((pids) => {
    // The first that holds it: a parent that hands its socket to children is the one to name.
    owner ??= pids.find((pid) => socketInodes(pid).some((inode) => inodes.has(inode)));
  });
  return owner;
}
