/**
 * Tells a follower when the log folder changed. Owns one file system watch on the folder; where that does not work (or
 * the folder does not exist yet) it looks again from time to time. Costs nothing while nothing happens.
 */
import { type FSWatcher, watch } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** Writes of one moment are told once. */
const GATHER_MS = 15;
/** Without a watch. */
const POLL_MS = 250;
/** With one: whether the folder is still the same. */
const CHECK_MS = 2000;
/** And, that often, whether there is something that was not told, as on some network folders. */
const CHECKS_PER_LOOK = 10;

/** File names that changed; `all` when it is not known which. */
export type Changed = ReadonlySet<string> | 'all';

export class Changes {
  readonly #dir: string;
  readonly #signal: AbortSignal | undefined;
  #watcher: FSWatcher | null = null;
  #inode = 0;
  #names = new Set<string>();
  #wake: (() => void) | null = null;

  constructor(dir: string, signal: AbortSignal | undefined) {
    this.#dir = dir;
    this.#signal = signal;
    signal?.addEventListener('abort', this.#onAbort);
  }

  /** Begins to collect: what changes after this is told by `next`. */
  async start(): Promise<void> {
    const inode = (await stat(this.#dir).catch(() => undefined))?.ino ?? 0;
    if (this.#watcher && inode === this.#inode) return;
    this.#watcher?.close();
    this.#watcher = null;
    if (inode === 0) return;
    try {
      this.#watcher = watch(this.#dir, (event, name) => {
        // The folder itself is gone; the next one may have the same inode.
        if (event === 'rename' && name === basename(this.#dir)) this.#drop();
        this.#names.add(name ?? '');
        this.#wake?.();
      });
      this.#watcher.on('error', () => this.#drop());
      this.#inode = inode;
    } catch {
      // No watch to be had (ENOSPC, EMFILE, a network folder): the polling goes on.
    }
  }

  /** Resolves with what changed, or with 'all' after a while; an empty set after `atMostMs`, or when aborted. */
  async next(atMostMs = Number.POSITIVE_INFINITY): Promise<Changed> {
    for (let checks = 1; ; checks++) {
      const lookMs = this.#watcher ? CHECK_MS : POLL_MS;
      if (this.#names.size === 0) await this.#sleep(Math.min(lookMs, atMostMs));
      if (this.#names.size > 0) {
        await pause(GATHER_MS);
        return this.take();
      }
      if (atMostMs < lookMs || this.#signal?.aborted) return new Set();
      const before = this.#watcher;
      await this.start();
      if (this.#watcher === null || this.#watcher !== before || checks % CHECKS_PER_LOOK === 0) return 'all';
    }
  }

  /** What changed up to now, without waiting. */
  take(): Changed {
    const names = this.#names;
    this.#names = new Set();
    return names.has('') ? 'all' : names;
  }

  stop(): void {
    this.#signal?.removeEventListener('abort', this.#onAbort);
    this.#drop();
  }

  #drop(): void {
    this.#watcher?.close();
    this.#watcher = null;
  }

  #sleep(ms: number): Promise<void> {
    if (this.#signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(done, ms);
      const self = this;
      function done(): void {
        clearTimeout(timer);
        self.#wake = null;
        resolve();
      }
      this.#wake = done;
    });
  }

  readonly #onAbort = (): void => this.#wake?.();
}
