/**
 * One slot's files on disk: appends whole lines to `<service>.<replica>.log` and rotates it.
 *
 * Owns the open descriptor. Not safe for concurrent calls: `log-file.ts` calls one at a time. Guarantees that a line is
 * never divided over two files and that no file exceeds the limit, unless one single line alone does. A failed append
 * leaves no torn line behind where the file system lets it be cut off again.
 */
import fs from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { promisify } from 'node:util';
import { type LogSlot, logPath, parseLogName } from './file-names.ts';

export interface LogLimits {
  /** Of each file. */
  readonly maxSizeBytes: number;
  /** Counts the one being written; at least 1. */
  readonly maxFiles: number;
}

export interface Appended {
  /** Leading bytes that are in the files; always whole lines. */
  readonly kept: number;
  readonly error?: NodeJS.ErrnoException;
}

const NEWLINE = 10;
/** How often it is checked that the file has not been deleted or cut by somebody else, in ms. */
const CHECK_EVERY_MS = 2000;

const open = promisify(fs.open);
const close = promisify(fs.close);
const fstat = promisify(fs.fstat);
const ftruncate = promisify(fs.ftruncate);

export class RotatingFile {
  limits: LogLimits;
  readonly path: string;
  readonly #dir: string;
  readonly #slot: LogSlot;
  #fd = -1;
  #size = 0;
  #torn = false;
  #checkedAt = 0;

  constructor(dir: string, slot: LogSlot, limits: LogLimits) {
    this.#dir = dir;
    this.#slot = slot;
    this.limits = limits;
    this.path = logPath(dir, slot);
  }

  /** `lines` ends with a newline. Never rejects. */
  async append(lines: Buffer): Promise<Appended> {
    let kept = 0;
    try {
      while (kept < lines.length) {
        await this.#ready();
        const end = this.#endOfFit(lines, kept);
        if (end === kept) {
          await this.#rotate();
          continue;
        }
        kept = await this.#write(lines, kept, end);
      }
      return { kept };
    } catch (error) {
      const failed = error as NodeJS.ErrnoException & { kept?: number };
      return { kept: failed.kept ?? kept, error: failed };
    }
  }

  async close(): Promise<void> {
    const fd = this.#fd;
    this.#fd = -1;
    if (fd >= 0) await close(fd).catch(() => {});
  }

  /** @returns `from` when the next line belongs into a new file. */
  #endOfFit(lines: Buffer, from: number): number {
    const room = this.limits.maxSizeBytes - this.#size;
    if (lines.length - from <= room) return lines.length;
    const cut = room > 0 ? lines.lastIndexOf(NEWLINE, from + room - 1) + 1 : 0;
    if (cut > from) return cut;
    return this.#size > 0 ? from : lines.indexOf(NEWLINE, from) + 1;
  }

  async #write(lines: Buffer, from: number, end: number): Promise<number> {
    let at = from;
    try {
      while (at < end) {
        const written = await write(this.#fd, lines, at, end - at);
        at += written;
        this.#size += written;
      }
      return end;
    } catch (error) {
      const whole = at > from ? Math.max(lines.lastIndexOf(NEWLINE, at - 1) + 1, from) : from;
      if (at > whole) await this.#cutOff(at - whole);
      throw Object.assign(error as Error, { kept: whole });
    }
  }

  async #cutOff(bytes: number): Promise<void> {
    this.#torn = true;
    const { size } = await fstat(this.#fd);
    await ftruncate(this.#fd, Math.max(0, size - bytes));
    this.#size = Math.max(0, size - bytes);
    this.#torn = false;
  }

  async #ready(): Promise<void> {
    const now = performance.now();
    if (this.#fd >= 0 && now - this.#checkedAt > CHECK_EVERY_MS) {
      const { size, nlink } = await fstat(this.#fd);
      this.#checkedAt = now;
      this.#size = size;
      if (nlink === 0) await this.close();
    }
    if (this.#fd < 0) await this.#open();
    if (this.#torn) {
      this.#size += await write(this.#fd, Buffer.from('\n'), 0, 1);
      this.#torn = false;
    }
  }

  async #open(): Promise<void> {
    await mkdir(this.#dir, { recursive: true, mode: 0o700 });
    await this.#removeSurplus();
    const fd = await open(this.path, 'a+', 0o600);
    this.#fd = fd;
    this.#checkedAt = performance.now();
    this.#size = (await fstat(fd)).size;
    this.#torn = this.#size > 0 && (await lastByte(fd, this.#size)) !== NEWLINE;
  }

  async #rotate(): Promise<void> {
    await this.close();
    const oldest = Math.max(1, this.limits.maxFiles) - 1;
    if (oldest === 0) return rm(this.path, { force: true });
    for (let index = oldest; index > 0; index--) {
      await rename(logPath(this.#dir, this.#slot, index - 1), logPath(this.#dir, this.#slot, index)).catch(
        ignoreAbsent,
      );
    }
  }

  /** Left from a run with a greater `max-file`. */
  async #removeSurplus(): Promise<void> {
    for (const name of await readdir(this.#dir)) {
      const file = parseLogName(name);
      if (file?.service !== this.#slot.service || file.replica !== this.#slot.replica) continue;
      if (file.index >= this.limits.maxFiles) await rm(logPath(this.#dir, this.#slot, file.index), { force: true });
    }
  }
}

function write(fd: number, buffer: Buffer, offset: number, length: number): Promise<number> {
  return new Promise((resolve, reject) => {
    fs.write(fd, buffer, offset, length, null, (error, written) => (error ? reject(error) : resolve(written)));
  });
}

async function lastByte(fd: number, size: number): Promise<number> {
  const byte = Buffer.alloc(1);
  await promisify(fs.read)(fd, byte, 0, 1, size - 1);
  return byte[0]!;
}

function ignoreAbsent(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
