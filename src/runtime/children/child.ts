/**
 * A child process that leads a session of its own: by posix_spawn(3) where that was compiled, else by Node's fork. Which
 * of the two it was shows in nothing but the time it takes. No child keeps this process from ending.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { Socket } from 'node:net';
import { constants } from 'node:os';
import { getSystemErrorName } from 'node:util';
import type { Exit } from '../../model/instance.ts';
import { type Posix, posix } from './posix.ts';
import { Reaper } from './reaper.ts';

export interface Launch {
  readonly file: string;
  /** With argv[0]. */
  readonly argv: readonly string[];
  readonly cwd: string;
  /** Complete: nothing is inherited beside it. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Of the child's descriptors from 0 on, three at least: one of ours, /dev/null, or a socket to us. */
  readonly stdio: readonly (number | 'ignore' | 'pipe')[];
}

export interface Child {
  /** undefined when there is no process: then `launched` says why. */
  readonly pid: number | undefined;
  /** Rejects with an ErrnoException when there is no process: `ENOENT`, `EACCES`, `E2BIG`, `EAGAIN`, `EMFILE`... */
  readonly launched: Promise<void>;
  /** It has ended and has been waited for. Never rejects; stays pending when there was no process. */
  readonly exited: Promise<Exit>;
  /** Our ends of what is `pipe`, at the same places; undefined elsewhere, and when there is no process. */
  readonly ends: readonly (Socket | undefined)[];
}

const SHELL = '/bin/sh';
const DEV_NULL = -1;
const LONG_MS = 2 ** 31 - 1;

let reaper: Reaper | undefined;

export function startChild(launch: Launch): Child {
  const native = posix();
  if (native === null) return byNode(launch);
  reaper ??= new Reaper(native);
  try {
    const { pid, ends } = byPosix(native, launch);
    const exited = reaper.exitOf(pid);
    // What was written by then and not read is lost; the others end when all has been read.
    void exited.then(() => ends[0]?.destroy());
    return { pid, ends, launched: Promise.resolve(), exited };
  } catch (error) {
    return { pid: undefined, ends: [], launched: refused(error), exited: new Promise(() => {}) };
  }
}

/** Resolves when it has ended, or at once when there was no process. Keeps this process from ending until then. */
export async function ended(child: Child): Promise<void> {
  const hold = setInterval(() => {}, LONG_MS);
  try {
    await child.launched.then(
      () => child.exited,
      () => undefined,
    );
  } finally {
    clearInterval(hold);
  }
}

/** Whoever does not ask why has no unhandled rejection either. */
function refused(error: unknown): Promise<never> {
  const launched = Promise.reject(error);
  launched.catch(() => {});
  return launched;
}

/** It reports some failures by throwing and some by an event, and gives no `stdio` when descriptors have run out. */
function byNode({ file, argv: [argv0, ...args], cwd, environment, stdio }: Launch): Child {
  let child: ChildProcess;
  try {
    child = spawn(file, args, { argv0, cwd, env: environment, detached: true, stdio: [...stdio] });
  } catch (error) {
    return { pid: undefined, ends: [], launched: refused(error), exited: new Promise(() => {}) };
  }
  const failed = new Promise<never>((_, reject) => child.once('error', reject));
  failed.catch(() => {});
  // A later 'error' (a signal that could not be sent) is no news: signals go to the group, not through here.
  child.on('error', () => {});
  child.unref();
  const given = (child.stdio ?? []) as readonly (Socket | null)[];
  return {
    pid: child.pid,
    launched: child.pid === undefined ? failed : Promise.resolve(),
    exited: new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal }))),
    ends: stdio.map((stream, index) => (stream === 'pipe' ? (given[index] ?? undefined) : undefined)),
  };
}

function byPosix(native: Posix, { file, argv, cwd, environment, stdio }: Launch): { pid: number; ends: Child['ends'] } {
  const strings = Object.entries(environment).flatMap(([name, value]) =>
    value === undefined ? [] : `${name}=${value}`,
  );
  const pairs: (readonly [number, number] | undefined)[] = [];
  const close = (side: 0 | 1): void => {
    for (const pair of pairs) if (pair) closeSync(pair[side]);
  };
  try {
    for (const stream of stdio) pairs.push(stream === 'pipe' ? socketPair(native) : undefined);
    const fds = stdio.map((stream, index) => (typeof stream === 'number' ? stream : (pairs[index]?.[1] ?? DEV_NULL)));
    let pid = native.spawn(file, argv, strings, cwd, fds);
    // What begins with no `#!` is the shell's, as execvp(3) has it.
    if (pid === -constants.errno.ENOEXEC) pid = native.spawn(SHELL, [SHELL, file, ...argv.slice(1)], strings, cwd, fds);
    if (pid < 0) throw errnoException(pid, 'spawn', file);
    return {
      pid,
      ends: pairs.map((pair, index) => pair && new Socket({ fd: pair[0], readable: index > 0, writable: true })),
    };
  } catch (error) {
    close(0);
    throw error;
  } finally {
    close(1);
  }
}

function socketPair(native: Posix): readonly [number, number] {
  const made = native.pair();
  if (typeof made === 'number') throw errnoException(made, 'socketpair');
  return made;
}

/** As Node makes them. @param errno negative */
export function errnoException(errno: number, syscall: string, path?: string): NodeJS.ErrnoException {
  const code = getSystemErrorName(errno);
  const said = path === undefined ? `${syscall} ${code}` : `${syscall} ${path} ${code}`;
  return Object.assign(new Error(said), { code, errno, syscall, ...(path !== undefined && { path }) });
}
