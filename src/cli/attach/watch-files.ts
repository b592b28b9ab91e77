/**
 * Tells when one of some files was saved, made or taken away. Watches their folders, since editors replace files rather
 * than write them; of a folder that is not there, the nearest one above it.
 */
import { type FSWatcher, statSync, watch } from 'node:fs';
import path from 'node:path';
import type { LookedAt } from '../../config/inputs.ts';

/** Editors write in several steps; a checkout touches many files. */
const QUIET_MS = 100;

interface Folder {
  /** Tells a folder from another one that has come in its place. */
  readonly inode: number;
  names: Set<string>;
  readonly watcher: FSWatcher;
}

export class FileWatch {
  #files: ReadonlyMap<string, LookedAt> = new Map();
  readonly #folders = new Map<string, Folder>();
  #told: (() => Promise<void>) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #again = false;
  #closed = false;

  /** @throws the system's error where it lets no more files be watched; nothing is watched then */
  constructor(files: readonly LookedAt[]) {
    this.#watch(files);
  }

  /**
   * What was saved since the watch began is told at once. Calls are never concurrent: a change during a call leads to
   * one more after it.
   * @param since wall-clock ms; what was saved from then on, before anything was watched, is a change as well
   */
  tell(onChange: () => Promise<void>, since: number): void {
    this.#told = onChange;
    if (this.#again || [...this.#files.values()].some((file) => isNew(file, since))) this.#fire();
  }

  /**
   * Other files in place of those so far. @param since as of `tell`, for those among them that were not watched
   * @throws the system's error where it lets no more files be watched
   */
  follow(files: readonly LookedAt[], since: number): void {
    if (this.#closed) return;
    const before = this.#files;
    const begun = this.#watch(files);
    const fresh = files.filter(({ path: file }) => !before.has(file) || begun.has(watchable(file).folder));
    if (fresh.some((file) => isNew(file, since))) this.#fire();
  }

  async close(): Promise<void> {
    this.#end();
    await this.#running;
  }

  /** @returns the folders that were not watched before */
  #watch(files: readonly LookedAt[]): Set<string> {
    this.#files = new Map(files.map((file) => [file.path, file]));
    const wanted = new Map<string, Set<string>>();
    for (const { path: file } of files) {
      const { folder, name } = watchable(file);
      wanted.set(folder, (wanted.get(folder) ?? new Set()).add(name));
    }
    const begun = new Set<string>();
    try {
      for (const [folder, names] of wanted) if (this.#watchFolder(folder, names)) begun.add(folder);
    } catch (error) {
      this.#end();
      throw error;
    }
    for (const [folder, { watcher }] of this.#folders) {
      if (wanted.has(folder)) continue;
      watcher.close();
      this.#folders.delete(folder);
    }
    return begun;
  }

  /** @returns false where it was watched before */
  #watchFolder(folder: string, names: Set<string>): boolean {
    const inode = statSync(folder, { throwIfNoEntry: false })?.ino ?? 0;
    const known = this.#folders.get(folder);
    if (known?.inode === inode) {
      known.names = names;
      return false;
    }
    known?.watcher.close();
    const watcher = watch(folder, (_kind, name) => {
      if (name !== null && !watched.names.has(name)) return;
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#fire(), QUIET_MS);
    });
    watcher.on('error', () => {});
    const watched: Folder = { inode, names, watcher };
    this.#folders.set(folder, watched);
    return true;
  }

  #fire(): void {
    if (this.#closed) return;
    if (this.#running || !this.#told) {
      this.#again = true;
      return;
    }
    this.#again = false;
    this.#running = this.#told().finally(() => {
      this.#running = undefined;
      if (this.#again) this.#fire();
    });
  }

  #end(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    for (const { watcher } of this.#folders.values()) watcher.close();
    this.#folders.clear();
  }
}

function isNew({ path: file, isThere }: LookedAt, since: number): boolean {
  const now = statSync(file, { throwIfNoEntry: false });
  return now ? !isThere || now.mtimeMs >= since : isThere;
}

/** The folder that is there, and what in it is the file or leads to it. */
function watchable(file: string): { readonly folder: string; readonly name: string } {
  let below = file;
  for (;;) {
    const folder = path.dirname(below);
    if (folder === below || statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
      return { folder, name: path.basename(below) };
    }
    below = folder;
  }
}
