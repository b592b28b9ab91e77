/**
 * A child process that leads a session of its own: by posix_spawn(3) where that was compiled, else by Node's fork. Which
 * of the two it was shows in nothing but the time it takes.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { getSystemErrorName } from 'node:util';
import type { Exit } from '../../model/instance.ts';
import { type Posix, posix } from '../posix.ts';
import type { Program } from './program.ts';
import { Reaper } from './reaper.ts';

export interface Child {
  readonly pid: number;
  /** It has ended and has been waited for. Never rejects. */
  readonly exited: Promise<Exit>;
}

export interface Surroundings {
  readonly workingDir: string;
  /** Complete: nothing is inherited beside it. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Of standard input, output and error. */
export type StandardStreams = readonly (number | 'ignore')[];

const SHELL = '/bin/sh';
const DEV_NULL = -1;

let reaper: Reaper | undefined;

/** Rejects with an ErrnoException when there is no such process: `ENOENT`, `EACCES`, `E2BIG`, `EAGAIN`... */
export async function startChild(program: Program, streams: StandardStreams, around: Surroundings): Promise<Child> {
  const native = posix();
  if (native === null) return childOf(await spawnByNode(program, streams, around));
  reaper ??= new Reaper(native);
  const pid = spawnPosix(native, program, streams, around);
  return { pid, exited: reaper.exitOf(pid) };
}

/** By Node, which can give it more pipes than the standard ones. Rejects as `startChild`. */
export async function spawnByNode(
  { file, argv0, args }: Program,
  stdio: readonly (number | 'ignore' | 'pipe')[],
  { workingDir, environment }: Surroundings,
): Promise<ChildProcess> {
  // Node reports some failures by throwing and some by an event.
  const child = spawn(file, args, { argv0, cwd: workingDir, env: environment, detached: true, stdio: [...stdio] });
  if (child.pid === undefined) await new Promise((_, reject) => child.once('error', reject));
  // A later 'error' (a signal that could not be sent) is no news: signals go to the group, not through here.
  child.on('error', () => {});
  return child;
}

export function childOf(child: ChildProcess): Child {
  return {
    pid: child.pid!,
    exited: new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal }))),
  };
}

function spawnPosix(native: Posix, { file, argv0, args }: Program, streams: StandardStreams, around: Surroundings) {
  const environment = Object.entries(around.environment).map(([name, value]) => `${name}=${value}`);
  const fds = streams.map((stream) => (stream === 'ignore' ? DEV_NULL : stream));
  const run = (path: string, argv: readonly string[]) => native.spawn(path, argv, environment, around.workingDir, fds);
  let pid = run(file, [argv0, ...args]);
  // What begins with no `#!` is the shell's, as execvp(3) has it.
  if (pid === -constants.errno.ENOEXEC) pid = run(SHELL, [SHELL, file, ...args]);
  if (pid > 0) return pid;
  const code = getSystemErrorName(pid);
  throw Object.assign(new Error(`spawn ${file} ${code}`), { code, errno: pid, syscall: 'spawn', path: file });
}
