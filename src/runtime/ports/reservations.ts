/**
 * Which engine of this user holds which port: one file a port in `<runtimeDir>/ports`, made so that of two engines
 * exactly one succeeds. A file whose engine is gone is taken over under a lock, so that nobody removes what another
 * has just taken. All calls block for microseconds, which makes each of them whole within this process.
 */
import { linkSync, mkdirSync, readFileSync, rmSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { isProcess, startTimeOf } from '../process-table.ts';

export interface Holder {
  readonly pid: number;
  readonly start: string;
  readonly project: string;
}

/** A taker needs microseconds; a lock this old was left by one that was killed meanwhile. */
const LOCK_STALE_MS = 10_000;

export class Reservations {
  readonly #folder: string;
  readonly #own: Holder;
  readonly #held = new Set<number>();

  constructor(runtimeDir: string, project: string) {
    this.#folder = path.join(runtimeDir, 'ports');
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    this.#own = { pid: process.pid, start: startTimeOf(process.pid) ?? '', project };
  }

  has(port: number): boolean {
    return this.#held.has(port);
  }

  /** @returns null when it is ours now, otherwise who has it. */
  take(port: number): Holder | null {
    if (this.#held.has(port)) return this.#own;
    if (this.#link(port)) return null;
    const holder = this.#read(port);
    if (holder && isProcess(holder.pid, holder.start)) return holder;
    return this.#takeOver(port) ? null : (this.#read(port) ?? { pid: 0, start: '', project: '' });
  }

  release(port: number): void {
    if (this.#held.delete(port)) rmSync(this.#file(port), { force: true });
  }

  close(): void {
    for (const port of [...this.#held]) this.release(port);
  }

  #file(port: number): string {
    return path.join(this.#folder, String(port));
  }

  /** Made under another name and linked: it appears with its content, or not at all. */
  #link(port: number): boolean {
    const draft = `${this.#file(port)}.${process.pid}`;
    try {
      writeFileSync(draft, JSON.stringify(this.#own), { mode: 0o600 });
      linkSync(draft, this.#file(port));
      this.#held.add(port);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    } finally {
      rmSync(draft, { force: true });
    }
  }

  #read(port: number): Holder | null {
    try {
      return JSON.parse(readFileSync(this.#file(port), 'utf8')) as Holder;
    } catch {
      return null;
    }
  }

  #takeOver(port: number): boolean {
    const lock = `${this.#file(port)}.lock`;
    try {
      writeFileSync(lock, '', { flag: 'wx' });
    } catch {
      const age = Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
      // A wall clock set back only keeps the port unused for longer.
      if (age > LOCK_STALE_MS) rmSync(lock, { force: true });
      return false;
    }
    try {
      const holder = this.#read(port);
      if (holder && isProcess(holder.pid, holder.start)) return false;
      rmSync(this.#file(port), { force: true });
      return this.#link(port);
    } finally {
      unlinkSync(lock);
    }
  }
}
