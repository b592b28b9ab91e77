/**
 * Puts a new service's folder and the changed msvc.yaml in place: both, or neither. The folder is complete before it gets
 * its name, the file is replaced by one rename; if the second step fails the first is undone. Killed in between, a folder
 * without an entry is left, which nothing uses.
 */
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { MsvcError } from '../model/error.ts';
import type { FilledFile } from './template/fill.ts';

export interface Change {
  /** The folder to make; it must not exist. Absolute. */
  readonly folder?: { readonly path: string; readonly files: readonly FilledFile[] } | undefined;
  /** The file to write, and what it held when it was read (undefined: it was not there). */
  readonly file: { readonly path: string; readonly before: string | undefined; readonly after: string };
  /** Looks at what would hold, read from `candidate` in the file's folder. What it throws undoes everything. */
  readonly check?: (candidate: string) => Promise<void>;
}

/** @throws MsvcError MSVC_EXISTS when the folder or the file came into being, or changed, meanwhile */
export async function commit({ folder, file, check }: Change): Promise<void> {
  const made = folder && makeFolder(folder.path, folder.files);
  const target = existsSync(file.path) ? realpathSync(file.path) : file.path;
  const fresh = path.join(path.dirname(target), `.${path.basename(target)}.${process.pid}.new`);
  try {
    writeFileSync(fresh, file.after, { flag: 'wx' });
    if (file.before !== undefined) chmodSync(fresh, statSync(target).mode & 0o7777);
    await check?.(fresh);
    const now = existsSync(target) ? readFileSync(target, 'utf8') : undefined;
    if (now !== file.before) {
      throw new MsvcError('MSVC_EXISTS', `${path.basename(target)} was changed meanwhile`, {
        facts: { path: target },
        hint: 'run the command again',
      });
    }
    renameSync(fresh, target);
  } catch (error) {
    rmSync(fresh, { force: true });
    made?.undo();
    throw error;
  }
}

function makeFolder(target: string, files: readonly FilledFile[]): { undo(): void } {
  const parent = path.dirname(target);
  const first = mkdirSync(parent, { recursive: true });
  const staging = path.join(parent, `.${path.basename(target)}.${process.pid}.new`);
  const undo = (): void => {
    rmSync(staging, { recursive: true, force: true });
    rmSync(target, { recursive: true, force: true });
    removeEmpty(parent, first);
  };
  try {
    mkdirSync(staging);
    for (const { name, content, executable } of files) {
      const full = path.join(staging, name);
      mkdirSync(path.dirname(full), { recursive: true });
      writeFileSync(full, content, { flag: 'wx', mode: executable ? 0o755 : 0o644 });
    }
    if (lstatSync(target, { throwIfNoEntry: false })) throw exists(target);
    renameSync(staging, target);
  } catch (error) {
    rmSync(staging, { recursive: true, force: true });
    removeEmpty(parent, first);
    throw (error as NodeJS.ErrnoException).code === 'ENOTEMPTY' ? exists(target) : error;
  }
  return { undo };
}

/** The folders above that were made for it, as long as nothing else has come into them. */
function removeEmpty(folder: string, first: string | undefined): void {
  if (first === undefined) return;
  try {
    for (let dir = folder; dir.startsWith(first); dir = path.dirname(dir)) rmdirSync(dir);
  } catch {
    // Somebody uses it.
  }
}

export function exists(target: string): MsvcError {
  return new MsvcError('MSVC_EXISTS', `${path.basename(target)} is there already`, { facts: { path: target } });
}
