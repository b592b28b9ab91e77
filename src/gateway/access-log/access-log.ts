/**
 * The access log: one line a request, gathered in memory and written in batches, so that a request pays for putting a
 * line together and nothing else. Owns its file and the two or three older ones. Lines are lost when the worker is
 * killed or the disk is full; the gateway is never held up by it.
 */
import { closeSync, fstatSync, mkdirSync, openSync, renameSync, rmSync, write, writeSync } from 'node:fs';
import path from 'node:path';
import type { AccessLogSpec } from '../../model/access-log.ts';
import { type Access, lineOf } from './lines.ts';

const FLUSH_MS = 250;
const FLUSH_BYTES = 64 * 1024;
/** A disk that keeps up with nothing: what is beyond is thrown away. */
const MOST_BYTES = 8 * 1024 * 1024;

export class AccessLog {
  readonly spec: AccessLogSpec;
  #fd: number | null = null;
  #fileBytes = 0;
  #lines = '';
  #timer: NodeJS.Timeout | null = null;
  #writing = false;
  /** It is to be closed. */
  #whenWritten: (() => void) | null = null;

  constructor(spec: AccessLogSpec) {
    this.spec = spec;
  }

  note(access: Access): void {
    if (this.#lines.length > MOST_BYTES) return;
    this.#lines += lineOf(access, this.spec.format);
    if (this.#lines.length >= FLUSH_BYTES) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), FLUSH_MS);
  }

  /** Resolves when all lines have been written, in their order, and the file has been let go. */
  close(): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    // Not under a write that waits for its turn: its descriptor's number would be somebody else's by then.
    return new Promise((resolve) => {
      this.#whenWritten = () => {
        this.#end();
        resolve();
      };
      if (!this.#writing) this.#whenWritten();
    });
  }

  #end(): void {
    try {
      if (this.#lines !== '') writeSync(this.#open(), this.#lines);
    } catch {
      // Nobody is left to tell.
    }
    this.#lines = '';
    if (this.#fd !== null) closeSync(this.#fd);
    this.#fd = null;
  }

  #flush(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#writing || this.#lines === '') return;
    const lines = Buffer.from(this.#lines);
    this.#lines = '';
    try {
      const fd = this.#open();
      this.#writing = true;
      write(fd, lines, (_error, written) => {
        this.#writing = false;
        this.#fileBytes += written;
        if (this.#whenWritten) this.#whenWritten();
        else if (this.#lines !== '') this.#timer ??= setTimeout(() => this.#flush(), FLUSH_MS);
      });
    } catch {
      // The folder went away, or may not be written: these lines are lost, the next ones are tried again.
      this.#fd = null;
    }
  }

  #open(): number {
    const { path: file, maxSizeBytes } = this.spec;
    if (this.#fd !== null && this.#fileBytes < maxSizeBytes) return this.#fd;
    if (this.#fd !== null) this.#rotate();
    mkdirSync(path.dirname(file), { recursive: true });
    this.#fd = openSync(file, 'a', 0o600);
    this.#fileBytes = fstatSync(this.#fd).size;
    return this.#fd;
  }

  /** `access.log` -> `access.log.1` -> ... */
  #rotate(): void {
    const { path: file, maxFiles } = this.spec;
    closeSync(this.#fd!);
    this.#fd = null;
    if (maxFiles < 2) {
      rmSync(file, { force: true });
      return;
    }
    for (let i = maxFiles - 1; i > 0; i--) {
      try {
        renameSync(i === 1 ? file : `${file}.${i - 1}`, `${file}.${i}`);
      } catch {
        // There are not so many yet.
      }
    }
  }
}
