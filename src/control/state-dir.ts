/** The project's own folder: made when missing, kept out of git by a .gitignore of its own. */
import { accessSync, constants, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { MsvcError } from '../model/error.ts';

/** @throws MsvcError MSVC_STATE_UNWRITABLE, MSVC_DISK_FULL */
export function prepareStateDir(stateDir: string): void {
  try {
    mkdirSync(stateDir, { recursive: true, mode: 0o700 });
    const ignore = path.join(stateDir, '.gitignore');
    // Written anew, the file would be on its way to the disk before anything else is done: milliseconds, on ext4.
    if (existsSync(ignore)) accessSync(stateDir, constants.W_OK | constants.X_OK);
    else writeFileSync(ignore, '*\n');
  } catch (error) {
    throw stateDirError(error, stateDir);
  }
}

/** What services have stored and said. */
export function removeData(stateDir: string): void {
  for (const folder of ['data', 'logs']) rmSync(path.join(stateDir, folder), { recursive: true, force: true });
}

function stateDirError(error: unknown, stateDir: string): MsvcError {
  const { code = '', message } = refusal(error, stateDir);
  const full = code === 'ENOSPC' || code === 'EDQUOT';
  const isFile = code === 'EEXIST' || code === 'ENOTDIR';
  return new MsvcError(full ? 'MSVC_DISK_FULL' : 'MSVC_STATE_UNWRITABLE', message, {
    facts: { path: stateDir, errno: code },
    ...(isFile && { hint: `${stateDir} is to be a folder, and something else has its name: move that away` }),
  });
}

/** A recursive mkdir says ENOENT when the folder above may not be written: the reason is asked for. */
function refusal(error: unknown, stateDir: string): NodeJS.ErrnoException {
  const first = error as NodeJS.ErrnoException;
  if (first.code !== 'ENOENT') return first;
  try {
    accessSync(path.dirname(stateDir), constants.W_OK);
    return first;
  } catch (reason) {
    return reason as NodeJS.ErrnoException;
  }
}
