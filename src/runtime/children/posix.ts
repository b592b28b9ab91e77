/**
 * The system calls of `native/posix.c`, where they could be compiled for this machine. Everything that uses them has
 * another way through Node alone.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where a number is negative, it is an `errno`. */
export interface Posix {
  /**
   * posix_spawn(3), as the leader of a session of its own.
   * @param file a path, relative to `cwd`
   * @param environment `NAME=value`
   * @param fds what becomes the child's 0, 1, 2 and so on, three to eight: -1 for /dev/null, else above those numbers
   * @param room for how many descriptors the child's table is made, where its limit allows them; 0: as it comes
   * @returns the pid
   * @throws TypeError ERR_INVALID_ARG_VALUE for a string with a NUL
   */
  spawn(
    file: string,
    argv: readonly string[],
    environment: readonly string[],
    cwd: string,
    fds: readonly number[],
    room: number,
  ): number;
  /**
   * The same by another thread, which waits until the program has been loaded. `fds` stay open until then.
   * @throws TypeError as `spawn`
   */
  launch(...of: Parameters<Posix['spawn']>): Promise<number>;
  /** socketpair(2) of two Unix stream sockets, blocking. Neither survives an exec. */
  pair(): [number, number] | number;
  /** pipe2(2): the end to read from, non-blocking, and the end to write to, blocking. Neither survives an exec. */
  pipe(): [number, number] | number;
  /** Whether a server could listen there now: 0 when it could. @param address in digits, without a zone */
  bind(address: string, port: number): number;
  /**
   * A TCP socket that listens while nobody accepts: non-blocking, and it does not survive an exec.
   * @param address in digits, without a zone
   */
  listen(address: string, port: number, backlog: number): number;
  /**
   * A Unix socket, connected: reading and writing block, each for `patienceMs` at most (EAGAIN then). It does not survive
   * an exec.
   */
  dial(path: string, patienceMs: number): number;
  /** The columns of a terminal, 0 where it does not know. @returns null when it is none */
  window(fd: number): number | null;
  /**
   * waitpid(2) of what `spawn` gave, once after it has ended.
   * @returns null while it runs; its exit code; the negative number of the signal that ended it
   */
  reap(pid: number): number | null;
  /** Those in whose environment a variable begins like that, as far as it can be seen. Linux only. */
  bear(pids: readonly number[], beginning: string): number[];
  /**
   * _exit(2): nothing is done before it. Returns where a standard stream does not block: Node would put that right, for
   * others that share it.
   */
  leave(code: number): void;
}

/** `node`: do without. For comparison, and where the compiled part is at fault. */
const SWITCH = 'MSVC_LAUNCH';
const FILE = path.join('native', 'build', `${process.platform}-${process.arch}`, 'posix.node');

let loaded: Posix | null | undefined;

/** null where there is none. For the main thread: no other is told that a child has ended (by a signal). */
export function posix(): Posix | null {
  if (loaded === undefined) loaded = process.env[SWITCH] === 'node' ? null : load();
  return loaded;
}

function load(): Posix | null {
  const file = find(path.dirname(fileURLToPath(import.meta.url)));
  if (file === null) return null;
  const addon = { exports: {} };
  try {
    // `require` would have to be made first, by a loader that a short command does without.
    process.dlopen(addon, file);
    return addon.exports as Posix;
  } catch {
    // Compiled for another machine: a checkout that was moved or is shared.
    return null;
  }
}

/** In msvc's own folder, above the sources and above a bundle alike. */
function find(from: string): string | null {
  for (let dir = from; ; dir = path.dirname(dir)) {
    const file = path.join(dir, FILE);
    if (existsSync(file)) return file;
    if (dir === path.dirname(dir)) return null;
  }
}
