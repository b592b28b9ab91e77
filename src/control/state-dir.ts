/** The project's own folder: made when missing, kept out of git by a .gitignore of its own. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { MsvcError } from '../model/error.ts';

/** @throws MsvcError MSVC_STATE_UNWRITABLE, MSVC_DISK_FULL */
export function prepareStateDir(stateDir: string): void {
  try {
    mkdirSync(stateDir, { recursive: true, mode: 0o700 });
    writeFileSync(path.join(stateDir, '.gitignore'), '*\n');
  } catch (error) {
    throw stateDirError(error, stateDir);
  }
}

export function stateDirError(error: unknown, stateDir: string): MsvcError {
  const { code = '', message } = error as NodeJS.ErrnoException;
  const full = code === 'ENOSPC' || code === 'EDQUOT';
  return new MsvcError(full ? 'MSVC_DISK_FULL' : 'MSVC_STATE_UNWRITABLE', message, {
    facts: { path: stateDir, errno: code },
  });
}
