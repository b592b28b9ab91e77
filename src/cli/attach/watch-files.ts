/** Tells when one of some files was saved. Watches their folders, since editors replace files rather than write them. */
import { statSync, watch } from 'node:fs';
import path from 'node:path';

/** Editors write in several steps; a checkout touches many files. */
const QUIET_MS = 100;

/**
 * Calls are never concurrent: a change during a call leads to one more after it.
 * @param since wall-clock ms; what was saved from then on, before anything was watched, is a change as well
 */
export function watchFiles(
  files: readonly string[],
  since: number,
  onChange: () => Promise<void>,
): { close(): Promise<void> } {
  const names = new Map<string, Set<string>>();
  for (const file of files) {
    const folder = path.dirname(file);
    names.set(folder, (names.get(folder) ?? new Set()).add(path.basename(file)));
  }
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let again = false;
  let closed = false;
  const fire = (): void => {
    if (closed) return;
    if (running) {
      again = true;
      return;
    }
    running = onChange().finally(() => {
      running = undefined;
      if (again) {
        again = false;
        fire();
      }
    });
  };
  const watchers = [...names].map(([folder, wanted]) =>
    watch(folder, (_kind, name) => {
      if (name !== null && !wanted.has(name)) return;
      clearTimeout(timer);
      timer = setTimeout(fire, QUIET_MS);
    }).on('error', () => {}),
  );
  if (files.some((file) => (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? since) >= since)) fire();
  return {
    async close() {
      closed = true;
      clearTimeout(timer);
      for (const watcher of watchers) watcher.close();
      await running;
    },
  };
}
