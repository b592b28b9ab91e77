/** Deletes a service's database. Whether somebody still uses it is the caller's question (`openedBy`). */
import { rmSync, statSync } from 'node:fs';
import { fileProblem } from './problems.ts';

/** The log and shared memory go first: a log left beside a new file of the same name would be played into it. */
const COMPANIONS = ['-wal', '-shm', '-journal', '.lock', ''];

/**
 * @returns the files that were there, absolute
 * @throws MsvcError MSVC_STATE_UNWRITABLE
 */
export function resetDatabase(file: string): string[] {
  try {
    const present = COMPANIONS.map((suffix) => file + suffix).filter((one) => statSync(one, { throwIfNoEntry: false }));
    for (const one of present) rmSync(one, { force: true });
    return present;
  } catch (error) {
    throw fileProblem(error, { file }) ?? error;
  }
}
