/**
 * A child process that leads a session of its own: by posix_spawn(3) where that was compiled, else by Node's fork. Which
 * of the two it was shows in nothing but the time it takes. No child keeps this process from ending.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, writeSync } from 'node:fs';
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
  /**
   * How many descriptors it may come to have. Its table is made for them: to grow it later takes a process with threads
   * ten milliseconds and more. Default: as it comes. Node cannot do that.
   */
  readonly descriptors?: number;
}

export interface Child {
  /** undefined when there is no process: then `launched` says why. */
  readonly pid: number | undefined;
  /** Rejects with an ErrnoException when there is no process: `ENOENT`, `EACCES`, `E2BIG`, `EAGAIN`, `EMFILE`... */
  readonly launched: Promise<void>;
  /** It has ended and has been waited for. Never rejects; stays pending when there was no process. */
  readonly exited: Promise<Exit>;
  /** Our end of what is `pipe`, by the child's descriptor; undefined for others, and when there is no process. */
  end(fd: number): Socket | undefined;
  /**
   * Writes ASCII to what is `pipe` there: before it returns, where that has room, and after all that was written before.
   * What is written to one that has gone is lost.
   */
  write(fd: number, text: string): void;
}

const SHELL = '/bin/sh';
const DEV_NULL = -1;
const LONG_MS = 2 ** 31 - 1;

let reaper: Reaper | undefined;

export function startChild(launch: Launch): Child {
  const native = posix();
  if (native === null) return byNode(launch);
  let order: Order | undefined;
  try {
    order = orderOf(native, launch);
    let pid = native.spawn(...order.words);
    if (isNoProgram(pid)) pid = native.spawn(...byShell(launch, order.words));
    return begun(native, launch, order, pid);
  } catch (error) {
    order?.withdraw();
    return noChild(error);
  }
}

/**
 * The same while this thread goes on: another one waits until the program has been loaded. Descriptors of ours that it is
 * given stay open until then.
 * @throws what `launched` rejects with
 */
export async function launchChild(launch: Launch): Promise<Child> {
  const native = posix();
  if (native === null) {
    const child = byNode(launch);
    await child.launched;
    return child;
  }
  const order = orderOf(native, launch);
  try {
    let pid = await native.launch(...order.words);
    if (isNoProgram(pid)) pid = await native.launch(...byShell(launch, order.words));
    return begun(native, launch, order, pid);
  } catch (error) {
    order.withdraw();
    throw error;
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

function noChild(error: unknown): Child {
  const launched = Promise.reject(error);
  // Who does not ask why has no unhandled rejection either.
  launched.catch(() => {});
  return { pid: undefined, launched, exited: new Promise(() => {}), end: () => undefined, write: () => {} };
}

/** It reports some failures by throwing and some by an event, and gives no `stdio` when descriptors have run out. */
function byNode({ file, argv: [argv0, ...args], cwd, environment, stdio }: Launch): Child {
  let child: ChildProcess;
  try {
    child = spawn(file, args, { argv0, cwd, env: environment, detached: true, stdio: [...stdio] });
  } catch (error) {
    return noChild(error);
  }
  const failed = new Promise<never>((_, reject) => child.once('error', reject));
  failed.catch(() => {});
  // A later 'error' (a signal that could not be sent) is no news: signals go to the group, not through here.
  child.on('error', () => {});
  child.unref();
  const given = (child.stdio ?? []) as readonly (Socket | null)[];
  const end: Child['end'] = (fd) => (stdio[fd] === 'pipe' ? (given[fd] ?? undefined) : undefined);
  return {
    pid: child.pid,
    launched: child.pid === undefined ? failed : Promise.resolve(),
    exited: new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal }))),
    end,
    write: (fd, text) => writeLater(end(fd), text),
  };
}

/** What a launch asks of the system, and the sockets that were made for it. */
interface Order {
  readonly words: Parameters<Posix['spawn']>;
  readonly pairs: ReadonlyMap<number, readonly [number, number]>;
  /** It came to nothing: closes all that was made. */
  withdraw(): void;
}

/** @throws an ErrnoException: no descriptors are left */
function orderOf(native: Posix, { file, argv, cwd, environment, stdio, descriptors = 0 }: Launch): Order {
  const pairs = new Map<number, readonly [number, number]>();
  const withdraw = (): void => {
    for (const ends of pairs.values()) for (const fd of ends) closeSync(fd);
    pairs.clear();
  };
  try {
    for (const [fd, stream] of stdio.entries()) if (stream === 'pipe') pairs.set(fd, socketPair(native));
  } catch (error) {
    withdraw();
    throw error;
  }
  const fds = stdio.map((stream, fd) => (typeof stream === 'number' ? stream : (pairs.get(fd)?.[1] ?? DEV_NULL)));
  return { words: [file, argv, stringsOf(environment), cwd, fds, descriptors], pairs, withdraw };
}

/** What begins with no `#!` is the shell's, as execvp(3) has it. */
function isNoProgram(pid: number): boolean {
  return pid === -constants.errno.ENOEXEC;
}

function byShell({ file, argv }: Launch, [, , ...rest]: Order['words']): Order['words'] {
  return [SHELL, [SHELL, file, ...argv.slice(1)], ...rest];
}

/** @param pid or a negative errno @throws an ErrnoException */
function begun(native: Posix, { file }: Launch, { pairs }: Order, pid: number): Child {
  if (pid < 0) throw errnoException(pid, 'spawn', file);
  for (const [, theirs] of pairs.values()) closeSync(theirs);
  const end = socketsOf(pairs);
  reaper ??= new Reaper(native);
  const exited = reaper.exitOf(pid);
  // What was written by then and not read is lost; the others end when all has been read.
  void exited.then(() => end(0)?.destroy());
  return {
    pid,
    end,
    write(fd, text) {
      const socket = end(fd);
      // A socket's own write takes ten times as long, and this one is made for each launch.
      const taken = socket?.writable && socket.writableLength === 0 ? writeNow(pairs.get(fd)![0], text) : 0;
      if (taken < text.length) writeLater(socket, text.slice(taken));
    },
    launched: Promise.resolve(),
    exited,
  };
}

/** @param text in ASCII. @returns how much of it there was room for; a failure is left to who writes the rest */
function writeNow(fd: number, text: string): number {
  try {
    return writeSync(fd, text);
  } catch {
    return 0;
  }
}

function writeLater(socket: Socket | undefined, text: string): void {
  if (socket?.writable) socket.write(text);
}

/** As execve(2) takes them. */
function stringsOf(environment: Launch['environment']): string[] {
  const strings: string[] = [];
  for (const name of Object.keys(environment)) {
    const value = environment[name];
    if (value !== undefined) strings.push(`${name}=${value}`);
  }
  return strings;
}

/** Made when they are asked for: that takes longer than to spawn. */
function socketsOf(pairs: ReadonlyMap<number, readonly [number, number]>): Child['end'] {
  const made = new Map<number, Socket>();
  return (fd) => {
    const pair = pairs.get(fd);
    if (pair === undefined) return undefined;
    const socket = made.get(fd) ?? new Socket({ fd: pair[0], readable: fd > 0, writable: true });
    made.set(fd, socket);
    return socket;
  };
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
