/**
 * The user's folder for what lives only while msvc runs: sockets, engine records, port reservations. Never in the
 * project: a socket's path must stay under 100 bytes, and the project may be on a disk that has no sockets.
 */
import { lstatSync, mkdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { MsvcError } from '../model/error.ts';

/** Of a socket's path, in bytes: macOS takes 103, Linux 107, and what is longer is cut off silently. */
const LONGEST_PATH = 100;
/** What a socket is called there (`52c08fd51e.sock`), with the slash. */
const NAME_BYTES = 16;

/**
 * `$XDG_RUNTIME_DIR/msvc`, or `msvc-<uid>` under the temporary folder. A variable that names no folder of this user's
 * is ignored: `su` and `sudo -E` pass on somebody else's. So is one that is too long for a socket's path: CI sandboxes
 * have such temporary folders. `/tmp` it is then.
 */
export function runtimeDirPath(
  environment: Readonly<Record<string, string | undefined>> = process.env,
  temporary?: string,
): string {
  const given = environment.XDG_RUNTIME_DIR;
  if (given && path.isAbsolute(given)) {
    const stat = statSync(given, { throwIfNoEntry: false });
    const dir = path.join(given, 'msvc');
    if (stat?.isDirectory() && stat.uid === process.getuid?.() && hasRoom(dir)) return dir;
  }
  const name = `msvc-${process.getuid?.() ?? 0}`;
  const dir = path.join(temporary ?? tmpdir(), name);
  return hasRoom(dir) ? dir : path.join('/tmp', name);
}

function hasRoom(dir: string): boolean {
  return Buffer.byteLength(dir) + NAME_BYTES <= LONGEST_PATH;
}

/**
 * The folder, created 0700 where it is missing. Anybody may make a folder of that name under /tmp first, so it must
 * be a real folder (no symlink), ours, and closed to others.
 * @throws MsvcError MSVC_RUNTIME_DIR_UNSAFE
 */
export function runtimeDir(dir: string = runtimeDirPath()): string {
  const unsafe = (reason: string, cause?: unknown): MsvcError =>
    new MsvcError('MSVC_RUNTIME_DIR_UNSAFE', `${dir} cannot be used for sockets: ${reason}`, {
      facts: { dir, reason },
      hint: `remove ${dir}, or set XDG_RUNTIME_DIR to a folder of your own`,
      cause,
    });
  const isThere = (): boolean => lstatSync(dir, { throwIfNoEntry: false }) !== undefined;
  try {
    if (!isThere()) mkdirSync(dir, { recursive: true, mode: 0o700 });
  } catch (error) {
    // A file or a dangling link in the way is told below.
    if (!isThere()) throw unsafe((error as Error).message, error);
  }
  const stat = lstatSync(dir);
  if (!stat.isDirectory()) throw unsafe(stat.isSymbolicLink() ? 'it is a symbolic link' : 'it is not a folder');
  if (stat.uid !== process.getuid?.()) throw unsafe(`it belongs to user ${stat.uid}`);
  if ((stat.mode & 0o077) !== 0) throw unsafe(`others may enter it (mode ${(stat.mode & 0o777).toString(8)})`);
  return dir;
}
