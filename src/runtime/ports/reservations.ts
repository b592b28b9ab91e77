/**
 * Which engine of this user holds which ports: one file an engine in `<runtimeDir>/ports`, with its pid, its start and
 * all its ports, replaced whole. Ports are chosen and written down under one lock of all engines, so that of two that
 * want the same port exactly one gets it. What an engine that is gone has held is free, and whoever takes the lock
 * next removes its files.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Lock, takeLock } from '../lock-file.ts';
import { isProcess, startTimeOf } from '../process-table.ts';
import { removeFile } from '../remove-file.ts';

export interface Holder {
  readonly pid: number;
  readonly start: string;
  readonly project: string;
}

interface Claims extends Holder {
  readonly ports: readonly number[];
}

/** What is released while all are being released is written down so much later, unless all are by then. */
const LATE_MS = 50;
/** Holding the lock takes a fraction of a millisecond. */
const LOCK_PATIENCE_MS = 5_000;
const LOOK_EVERY_MS = 1;
const CLAIMS = /^[0-9a-f]{16}\.\d+$/;
/** Of claims or of the lock, by its writer's pid. */
const DRAFT = /^(?:[0-9a-f]{16}\.(\d+)\.new|lock\.(?:.*\.)?(\d+))$/;
/** That somebody takes the lock over from a dead holder: of no use any more while it is held. */
const MARK = /^lock\.\d+-\w*$/;

export class Reservations {
  readonly #folder: string;
  readonly #file: string;
  readonly #own: Holder;
  readonly #held = new Set<number>();
  #writing: { readonly cancel: () => void } | null = null;
  #ending = false;

  constructor(runtimeDir: string, project: string) {
    this.#folder = path.join(runtimeDir, 'ports');
    this.#makeFolder();
    this.#own = { pid: process.pid, start: startTimeOf(process.pid) ?? '', project };
    const name = createHash('sha256').update(project).digest('hex').slice(0, 16);
    this.#file = path.join(this.#folder, `${name}.${process.pid}`);
  }

  has(port: number): boolean {
    return this.#held.has(port);
  }

  /**
   * Holds what `choose` picks; nobody else takes anything meanwhile.
   * @param choose must not wait. `holderOf` tells who else has a port, null for nobody.
   */
  async take(choose: (holderOf: (port: number) => Holder | null) => Iterable<number>): Promise<void> {
    const lock = await this.#lock();
    try {
      const others = this.#readOthers();
      const before = this.#held.size;
      for (const port of choose((port) => others.get(port) ?? null)) this.#held.add(port);
      if (this.#held.size > before) this.#write();
    } finally {
      lock.release();
    }
  }

  /** Written down at the end of the turn: until then others only think it is still held. */
  release(port: number): void {
    if (!this.#held.delete(port) || this.#writing) return;
    const write = (): void => {
      this.#writing = null;
      try {
        this.#write();
      } catch {
        // Then others go on thinking that it is held.
      }
    };
    if (this.#ending) {
      const timer = setTimeout(write, LATE_MS).unref();
      this.#writing = { cancel: () => clearTimeout(timer) };
    } else {
      const soon = setImmediate(write);
      this.#writing = { cancel: () => clearImmediate(soon) };
    }
  }

  /** All of them will be released in a moment: it is not written down for each, as a file that is replaced costs a disk. */
  ending(): void {
    this.#ending = true;
  }

  /** Resolves when nobody thinks any more that they are held. */
  async close(): Promise<void> {
    this.#writing?.cancel();
    this.#held.clear();
    await removeFile(this.#file);
  }

  /** Again and again: machines clear their temporary folders, and a session's at its end. */
  #makeFolder(): void {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
  }

  async #lock(): Promise<Lock> {
    this.#makeFolder();
    const until = performance.now() + LOCK_PATIENCE_MS;
    for (;;) {
      const lock = takeLock(path.join(this.#folder, 'lock'));
      if (lock) return lock;
      if (performance.now() > until) throw new Error(`another process holds ${this.#folder}/lock`);
      await pause(LOOK_EVERY_MS);
    }
  }

  #write(): void {
    if (this.#held.size === 0) {
      rmSync(this.#file, { force: true });
      return;
    }
    const claims: Claims = { ...this.#own, ports: [...this.#held] };
    writeFileSync(`${this.#file}.new`, JSON.stringify(claims), { mode: 0o600 });
    renameSync(`${this.#file}.new`, this.#file);
  }

  #readOthers(): Map<number, Holder> {
    const others = new Map<number, Holder>();
    for (const claims of livingClaims(this.#folder, this.#file)) {
      const { ports, ...holder } = claims;
      for (const port of ports) others.set(port, holder);
    }
    return others;
  }
}

/** Removes the claims of engines that are gone. @returns whether there were any of that project */
export function removeDeadClaims(runtimeDir: string, project: string): boolean {
  const folder = path.join(runtimeDir, 'ports');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const lock = takeLock(path.join(folder, 'lock'));
  // Whoever holds it does the same.
  if (!lock) return false;
  try {
    let found = false;
    for (const _ of livingClaims(folder, null, (dead) => {
      found ||= dead.project === project;
    }));
    return found;
  } finally {
    lock.release();
  }
}

/** Under the lock: what others hold. Files of the dead, and drafts that they left, are removed on the way. */
function* livingClaims(folder: string, own: string | null, onDead: (claims: Claims) => void = () => {}) {
  for (const name of readdirSync(folder)) {
    const file = path.join(folder, name);
    const draft = DRAFT.exec(name);
    if (draft) {
      const pid = Number(draft[1] ?? draft[2]);
      if (pid !== process.pid && startTimeOf(pid) === null) rmSync(file, { force: true });
      continue;
    }
    if (MARK.test(name)) rmSync(file, { force: true });
    if (file === own || !CLAIMS.test(name)) continue;
    const claims = read(file);
    if (claims && isProcess(claims.pid, claims.start)) {
      yield claims;
      continue;
    }
    if (claims) onDead(claims);
    rmSync(file, { force: true });
  }
}

function read(file: string): Claims | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Claims;
  } catch {
    return null;
  }
}
