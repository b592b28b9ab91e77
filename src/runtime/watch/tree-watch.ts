/**
 * One watched path, for all rules that name it: chokidar underneath, loaded only when there is something to watch.
 * Owns the watch and what each file looked like last, so that only real changes are told. Never follows symbolic links
 * below the path.
 */
import { existsSync, realpathSync, type Stats } from 'node:fs';
import path from 'node:path';
import type { FSWatcher } from 'chokidar';

export interface TreeWatchOptions {
  /** Absolute file or folder; it may not exist yet. */
  readonly path: string;
  /** Whether nothing below a folder is wanted; relative to `path`, with `/`. */
  readonly prunes: (folder: string) => boolean;
  /** A file was added, changed (its size, time or identity) or removed; relative to `path`, '' for the path itself. */
  readonly onFile: (file: string) => void;
  readonly onError: (error: NodeJS.ErrnoException) => void;
}

export class TreeWatch {
  readonly #options: TreeWatchOptions;
  readonly #root: string;
  /** File -> its looks. */
  readonly #seen = new Map<string, string>();
  #watcher: FSWatcher | null = null;
  #ready = false;
  #closed = false;

  constructor(options: TreeWatchOptions) {
    this.#options = options;
    this.#root = realPath(options.path);
  }

  /** Resolves when changes are seen from now on, or will not be: `onError` has said so. Never rejects. */
  async start(): Promise<void> {
    try {
      await this.#start();
    } catch (error) {
      this.#options.onError(error as NodeJS.ErrnoException);
    }
  }

  async #start(): Promise<void> {
    const { watch } = await import('chokidar');
    if (this.#closed) return;
    // From the folder above on, so that the path may come, go and come back.
    const watcher = watch(existingAbove(this.#root), {
      // The first look gives each file's time and size; without it a `chmod` could not be told from a change.
      ignoreInitial: false,
      alwaysStat: true,
      followSymlinks: false,
      ignored: (file, stats) => !this.#isWanted(file, stats?.isFile() === true),
    });
    this.#watcher = watcher;
    watcher.on('add', (file, stats) => this.#saw(file, stats));
    watcher.on('change', (file, stats) => this.#saw(file, stats));
    watcher.on('unlink', (file) => {
      if (this.#seen.delete(file)) this.#options.onFile(this.#relative(file));
    });
    watcher.on('error', (error) => this.#options.onError(error as NodeJS.ErrnoException));
    await new Promise<void>((resolve) => {
      watcher.once('ready', resolve);
      this.#onClose = resolve;
    });
    this.#ready = true;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#onClose();
    await this.#watcher?.close();
  }

  #onClose: () => void = () => {};

  #saw(file: string, stats: Stats | undefined): void {
    const looks = stats ? `${stats.mtimeMs} ${stats.size} ${stats.ino}` : '';
    const before = this.#seen.get(file);
    this.#seen.set(file, looks);
    const isFirstLook = before === undefined && !this.#ready;
    if (!isFirstLook && (before !== looks || looks === '')) this.#options.onFile(this.#relative(file));
  }

  /** The way to the path counts, and what is below it, but nothing beside it. */
  #isWanted(file: string, isFile: boolean): boolean {
    if (file === this.#root || isBelow(this.#root, file)) return true;
    return isBelow(file, this.#root) && (isFile || !this.#options.prunes(this.#relative(file)));
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
