/**
 * One watched path, for all rules that name it. Owns a watch on each folder (not on each file: the kernel's limits are
 * low) and what each file looked like last, so that only real changes are told. Never follows symbolic links below the
 * path.
 *
 * A folder is watched before it is read, so nothing that is made in a new folder goes unseen. Not guaranteed: the
 * removal of the folder above the path and all above it; a burst that overflows the kernel's queue (16,384 events).
 */
import { existsSync, type FSWatcher, lstatSync, readdirSync, realpathSync, type Stats, watch } from 'node:fs';
import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { statsOf } from './stats-of.ts';

export interface TreeWatchOptions {
  /** Absolute file or folder; it may not exist yet. */
  readonly path: string;
  /** Whether nothing below a folder is wanted; relative to `path`, with `/`. */
  readonly prunes: (folder: string) => boolean;
  /**
   * A file was added, changed (its size, time or identity) or removed; relative to `path`, '' for the path itself.
   * @param isNew it had not been there
   */
  readonly onFile: (file: string, isNew: boolean) => void;
  readonly onError: (error: NodeJS.ErrnoException) => void;
}

interface WatchedFolder {
  readonly watcher: FSWatcher;
  /** Tells a folder from another one that took its name. */
  readonly ino: number;
}

/** Longest stretch of reading folders in one turn of the loop. */
const SLICE_MS = 5;

export class TreeWatch {
  readonly #options: TreeWatchOptions;
  readonly #root: string;
  readonly #folders = new Map<string, WatchedFolder>();
  /** File -> its looks. */
  readonly #seen = new Map<string, string>();
  /** Names the kernel told of in this turn. */
  readonly #touched = new Set<string>();
  /** Folders to be watched and read; `isNew`: what is in them is told. */
  readonly #unread: { readonly folder: string; readonly isNew: boolean }[] = [];
  #reading: Promise<void> | null = null;
  #closed = false;

  constructor(options: TreeWatchOptions) {
    this.#options = options;
    this.#root = realPath(options.path);
  }

  /** Resolves when changes are seen from now on, or will not be: `onError` has said so. Never rejects. */
  async start(): Promise<void> {
    // From the folder above on, so that the path may come, go and come back.
    this.#unread.push({ folder: existingAbove(this.#root), isNew: false });
    await this.#read();
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const { watcher } of this.#folders.values()) watcher.close();
    this.#folders.clear();
    await this.#reading;
  }

  #read(): Promise<void> {
    this.#reading ??= this.#readAll().finally(() => {
      this.#reading = null;
    });
    return this.#reading;
  }

  async #readAll(): Promise<void> {
    let since = performance.now();
    for (let next = this.#unread.pop(); next && !this.#closed; next = this.#unread.pop()) {
      this.#readFolder(next.folder, next.isNew);
      if (performance.now() - since < SLICE_MS) continue;
      await nextTurn();
      since = performance.now();
    }
  }

  #readFolder(folder: string, isNew: boolean): void {
    try {
      this.#watch(folder);
    } catch (error) {
      this.#failed(error as NodeJS.ErrnoException);
    }
    try {
      for (const name of readdirSync(folder)) this.#look(path.join(folder, name), isNew);
    } catch (error) {
      this.#failed(error as NodeJS.ErrnoException);
    }
  }

  #watch(folder: string): void {
    if (this.#folders.has(folder)) return;
    const { ino } = lstatSync(folder);
    const watcher = watch(folder, { persistent: false }, (_kind, name) => {
      if (this.#closed) return;
      if (this.#touched.size === 0) setImmediate(() => this.#lookAtTouched());
      this.#touched.add(name === null ? folder : path.join(folder, name));
    });
    watcher.on('error', (error) => this.#failed(error));
    this.#folders.set(folder, { watcher, ino });
  }

  #failed(error: NodeJS.ErrnoException): void {
    // It went while we looked; the folder above tells.
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR' || this.#closed) return;
    this.#options.onError(error);
  }

  #lookAtTouched(): void {
    const touched = [...this.#touched];
    this.#touched.clear();
    if (this.#closed) return;
    for (const file of touched) this.#look(file, true);
    void this.#read();
  }

  /** @param tells false while the first picture is taken */
  #look(file: string, tells: boolean): void {
    if (!this.#isWanted(file)) return;
    const stats = statsOf(file);
    if (stats?.isDirectory()) {
      if (this.#seen.has(file)) this.#gone(file);
      if (file !== this.#root && isBelow(file, this.#root) && this.#options.prunes(this.#relative(file))) return;
      const known = this.#folders.get(file);
      if (known?.ino === stats.ino) return;
      if (known) this.#gone(file);
      this.#unread.push({ folder: file, isNew: tells });
    } else if (stats && (stats.isFile() || stats.isSymbolicLink())) {
      if (this.#folders.has(file)) this.#gone(file);
      if (file === this.#root || isBelow(file, this.#root)) this.#saw(file, stats, tells);
    } else {
      this.#gone(file);
    }
  }

  #saw(file: string, { mtimeMs, size, ino }: Stats, tells: boolean): void {
    const looks = `${mtimeMs} ${size} ${ino}`;
    const before = this.#seen.get(file);
    this.#seen.set(file, looks);
    if (before === looks || !(tells || before !== undefined)) return;
    this.#options.onFile(this.#relative(file), before === undefined);
  }

  /** A file, or a folder with all that was in it. */
  #gone(file: string): void {
    if (this.#seen.delete(file)) {
      this.#options.onFile(this.#relative(file), false);
      return;
    }
    if (!this.#folders.has(file)) return;
    for (const [folder, { watcher }] of this.#folders) {
      if (folder !== file && !isBelow(folder, file)) continue;
      watcher.close();
      this.#folders.delete(folder);
    }
    for (const one of this.#seen.keys()) {
      if (!isBelow(one, file)) continue;
      this.#seen.delete(one);
      this.#options.onFile(this.#relative(one), false);
    }
  }

  /** The way to the path counts, and what is below it, but nothing beside it. */
  #isWanted(file: string): boolean {
    return file === this.#root || isBelow(file, this.#root) || isBelow(this.#root, file);
  }

  #relative(file: string): string {
    return path.relative(this.#root, file).split(path.sep).join('/');
  }
}

function isBelow(file: string, folder: string): boolean {
  return file.startsWith(folder.endsWith(path.sep) ? folder : folder + path.sep);
}

function existingAbove(file: string): string {
  let folder = path.dirname(file);
  while (!existsSync(folder) && folder !== path.dirname(folder)) folder = path.dirname(folder);
  return folder;
}

function realPath(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return file;
  }
}
