/**
 * What a rig's programs hold on this machine: processes (by the marker that everything inherits, or by standing in
 * the rig's folder), listening sockets, files. Read from the system itself, never from what msvc says.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';

export interface Process {
  readonly pid: number;
  readonly command: string;
}

/** Zombies are gone: their environment is empty, so they are never found. */
export function markedProcesses(marker: string, dir: string): Process[] {
  return process.platform === 'linux' ? linuxProcesses(marker, dir) : otherProcesses(marker);
}

function linuxProcesses(marker: string, dir: string): Process[] {
  const found: Process[] = [];
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    try {
      const marked = `\0${readFileSync(`/proc/${pid}/environ`, 'latin1')}`.includes(`\0${marker}\0`);
      if (!marked && !within(readlinkSync(`/proc/${pid}/cwd`), dir)) continue;
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' ').trim();
      if (command !== '') found.push({ pid, command });
    } catch {
      // Gone meanwhile, or not ours to read.
    }
  }
  return found;
}

function within(file: string, dir: string): boolean {
  return file === dir || file.startsWith(`${dir}/`);
}

function otherProcesses(marker: string): Process[] {
  const table = execFileSync('ps', ['axeww', '-o', 'pid=,command='], { encoding: 'utf8', maxBuffer: 1 << 26 });
  return table
    .split('\n')
    .filter((line) => line.includes(` ${marker} `) || line.endsWith(` ${marker}`))
    .map((line) => ({
      pid: Number.parseInt(line, 10),
      command: line
        .trim()
        .replace(/^\d+\s+/, '')
        .slice(0, 200),
    }))
    .filter((entry) => entry.pid !== process.pid);
}

export interface Listener {
  /** Of the socket: unlike the port, nobody takes it over. */
  readonly inode: string;
  readonly port: number;
}

/** TCP sockets that these processes listen on; empty where the system does not show them (macOS). */
export function listenersOf(processes: readonly Process[]): Listener[] {
  const inodes = new Set(processes.flatMap((entry) => socketInodes(entry.pid)));
  return allListeners().filter((listener) => inodes.has(listener.inode));
}

/** Those of `before` that are still there, whoever holds them now. */
export function stillListening(before: readonly Listener[]): Listener[] {
  const now = new Set(allListeners().map((listener) => listener.inode));
  return before.filter((listener) => now.has(listener.inode));
}

function socketInodes(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
      } catch {
        return [];
      }
    });
  } catch {
    return [];
  }
}

/** proc(5): local address is `hex ip:hex port`, state 0A is LISTEN, the inode is the tenth column. */
function allListeners(): Listener[] {
  return ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((table) => {
    try {
      return readFileSync(table, 'utf8')
        .split('\n')
        .slice(1)
        .map((row) => row.trim().split(/\s+/))
        .filter((columns) => columns[3] === '0A')
        .map((columns) => ({
          inode: columns[9] as string,
          port: Number.parseInt((columns[1] as string).split(':').at(-1) as string, 16),
        }));
    } catch {
      return [];
    }
  });
}

/** Every file, socket and other entry below `dir` that is no folder, relative to it, sorted. */
export function filesBelow(dir: string): string[] {
  const found: string[] = [];
  const walk = (folder: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const file = path.join(folder, entry.name);
      if (entry.isDirectory()) walk(file);
      else found.push(path.relative(dir, file));
    }
  };
  try {
    walk(dir);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  return found.sort();
}
