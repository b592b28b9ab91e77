/**
 * Pipes without pipe2(2), which Node does not offer: one `mkfifo` makes many named ones, each is opened at both ends and
 * unlinked at once: what stays is a nameless pipe. From the first that are asked for on a few are kept ready; more are
 * made in the background, beside those that are reserved, so that launching what was reserved makes none.
 *
 * Owns the descriptors until they are taken. They are made in memory where there is a file system for that: on a disk
 * two hundred take a tenth of a second. Leaves nothing behind, except when the engine is killed within the few
 * milliseconds of a refill: the next pool removes that.
 */
import { spawn } from 'node:child_process';
import {
  accessSync,
  closeSync,
  constants,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  unlinkSync,
} from 'node:fs';
import path from 'node:path';
import { startTimeOf } from '../../process-table.ts';
import { closePipe, type PipeEnds, type PipePool, type PipePoolOptions } from './pipe.ts';

/** Of every Linux, for everybody to make folders of their own in. */
const MEMORY = '/dev/shm';
const PREFIX = 'msvc-pipes-';
/** A refill takes milliseconds. Younger leftovers may be those of an engine whose pids mean nothing here. */
const STALE_MS = 10_000;
/** Bounds the argument list of one `mkfifo` and the descriptors opened in one go. */
const BATCH = 256;

/** Of pipes that `mkfifo` made. */
export function createFifoPool({ dir, spare = 8 }: PipePoolOptions): PipePool {
  const own = `${PREFIX}${process.pid}.${startWord(process.pid)}.`;
  const ready: PipeEnds[] = [];
  const waiting: { resolve: (ends: PipeEnds) => void; reject: (error: unknown) => void }[] = [];
  let reserved = 0;
  let filling: Promise<void> | null = null;
  let closed = false;

  const home = makersFolder(dir);
  for (const folder of new Set([dir, home])) removeStale(folder);

  const refill = (): void => {
    const wanted = waiting.length + spare + reserved - ready.length;
    if (filling || closed || wanted <= 0) return;
    filling = makePipes(home, own, Math.min(wanted, BATCH)).then(
      (made) => {
        filling = null;
        ready.push(...made);
        if (closed) return closeReady();
        while (ready.length > 0 && waiting.length > 0) waiting.shift()!.resolve(next());
        refill();
      },
      (error: unknown) => {
        filling = null;
        // Tried again at the next take: the limit that was hit may be gone by then.
        for (const taker of waiting.splice(0)) taker.reject(error);
      },
    );
  };
  const next = (): PipeEnds => {
    reserved = Math.max(0, reserved - 1);
    return ready.pop()!;
  };
  const closeReady = (): void => {
    for (const ends of ready.splice(0)) closePipe(ends);
  };

  return {
    async take() {
      if (closed) throw new Error('the pipe pool is closed');
      if (ready.length > 0) {
        const ends = next();
        if (ready.length - reserved < spare / 2) refill();
        return ends;
      }
      return new Promise((resolve, reject) => {
        waiting.push({ resolve, reject });
        refill();
      });
    },
    reserve(count) {
      reserved = Math.max(reserved, count);
      if (count > 0) refill();
    },
    async close() {
      closed = true;
      for (const taker of waiting.splice(0)) taker.reject(new Error('the pipe pool is closed'));
      await filling;
      closeReady();
    },
  };
}

async function makePipes(dir: string, prefix: string, count: number): Promise<PipeEnds[]> {
  const folder = mkdtempSync(path.join(dir, prefix));
  const made: PipeEnds[] = [];
  try {
    const names = Array.from({ length: count }, (_, index) => String(index));
    await mkfifo(folder, names);
    for (const name of names) made.push(openBothEnds(path.join(folder, name)));
    return made;
  } catch (error) {
    for (const ends of made) closePipe(ends);
    throw error;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function mkfifo(folder: string, names: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('mkfifo', ['-m', '600', ...names], { cwd: folder, stdio: 'ignore' });
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`mkfifo ended with ${code ?? signal}`));
    });
  });
}

/** The reader first: without one, opening for writing would block. */
function openBothEnds(file: string): PipeEnds {
  const readFd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const writeFd = openSync(file, constants.O_WRONLY);
    unlinkSync(file);
    return { readFd, writeFd };
  } catch (error) {
    closeSync(readFd);
    throw error;
  }
}

/** In memory, where a folder can be made there (for this user alone, as `mkdtemp` makes them). */
function makersFolder(dir: string): string {
  try {
    accessSync(MEMORY, constants.W_OK | constants.X_OK);
    return MEMORY;
  } catch {
    return dir;
  }
}

/** A start time that can stand in a file's name. */
function startWord(pid: number): string | null {
  return startTimeOf(pid)?.replace(/\W/g, '_') ?? null;
}

/** What an engine left that was killed in the middle of a refill. */
function removeStale(dir: string): void {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  for (const name of readdirSync(dir)) {
    const match = /^msvc-pipes-(\d+)\.([^.]*)\./.exec(name);
    if (!match) continue;
    const folder = path.join(dir, name);
    const stat = statSync(folder, { throwIfNoEntry: false });
    const isOld = stat !== undefined && stat.uid === process.getuid?.() && Date.now() - stat.mtimeMs > STALE_MS;
    if (isOld && startWord(Number(match[1])) !== match[2]) rmSync(folder, { recursive: true, force: true });
  }
}
