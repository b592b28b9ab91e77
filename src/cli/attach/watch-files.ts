/** Tells when one of some files was saved. Watches their folders, since editors replace files rather than write them. */
import { type FSWatcher, statSync, watch } from 'node:fs';
import path from 'node:path';

/** Editors write in several steps; a checkout touches many files. */
const QUIET_MS = 100;

export interface FileWatch {
  /**
   * What was saved since the watch began is told at once. Calls are never concurrent: a change during a call leads to
   * one more after it.
   * @param since wall-clock ms; what was saved from then on, before anything was watched, is a change as well
   */
  tell(onChange: () => Promise<void>, since: number): void;
  close(): Promise<void>;
}

/** @throws the system's error where it lets no more files be watched; nothing is watched then */
export function watchFiles(files: readonly string[]): FileWatch {
  const names = new Map<string, Set<string>>();
  for (const file of files) {
    const folder = path.dirname(file);
    names.set(folder, (names.get(folder) ?? new Set()).add(path.basename(file)));
  }
  let told: (() => Promise<void>) | undefined;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let again = false;
  let closed = false;
  const fire = (): void => {
    if (closed) return;
    if (running || !told) {
      again = true;
      return;
    }
    again = false;
    running = told().finally(() => {
      running = undefined;
      if (again) fire();
    });
  };
  const watchers: FSWatcher[] = [];
  const end = (): void => {
    closed = true;
    clearTimeout(timer);
    for (const watcher of watchers) watcher.close();
  };
  try {
    for (const [folder, wanted] of names) {
      const watcher = watch(folder, (_kind, name) => {
        if (name !== null && !wanted.has(name)) return;
        clearTimeout(timer);
        timer = setTimeout(fire, QUIET_MS);
      });
      watchers.push(watcher.on('error', () => {}));
    }
  } catch (error) {
    end();
    throw error;
  }
  return {
    tell(onChange, since) {
      told = onChange;
      const late = files.some((file) => (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? since) >= since);
      if (again || late) fire();
    },
    async close() {
      end();
      await running;
    },
  };
}
