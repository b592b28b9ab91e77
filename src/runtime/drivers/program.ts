/**
 * Finds the program that a launch will run, as `execvp` would: on the PATH of the launch's own environment, from its
 * own folder. Done before the launch, so that what is missing is named rather than guessed from `ENOENT`.
 */
import { accessSync, closeSync, constants, openSync, readSync, type Stats, statSync } from 'node:fs';
import path from 'node:path';

/** What shells search when PATH is not set. */
const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** What a launch runs. */
export interface Program {
  /** For errors. */
  readonly name: string;
  readonly file: string;
  readonly argv0: string;
  readonly args: readonly string[];
}

export type FoundProgram =
  | { readonly kind: 'found'; readonly file: string }
  | { readonly kind: 'missing' }
  /** It is there, but is a folder or lacks the permission. */
  | { readonly kind: 'not-executable'; readonly file: string };

export function findProgram(
  word: string,
  environment: Readonly<Record<string, string>>,
  workingDir: string,
): FoundProgram {
  // An empty entry means the folder it runs in.
  const folders = word.includes('/') ? [''] : (environment.PATH ?? DEFAULT_PATH).split(':');
  let blocked: string | undefined;
  for (const folder of folders) {
    const file = path.resolve(workingDir, folder, word);
    const stat = look(file);
    if (!stat) continue;
    if (stat.isFile() && isExecutable(file)) return { kind: 'found', file };
    blocked ??= file;
  }
  return blocked === undefined ? { kind: 'missing' } : { kind: 'not-executable', file: blocked };
}

/** What cannot be looked at (a folder that is closed to us) is passed over, as shells do. */
function look(file: string): Stats | undefined {
  try {
    return statSync(file, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** What a script's first line asks for; null when it has none. */
export function interpreterOf(file: string): string | null {
  const head = Buffer.alloc(256);
  try {
    const fd = openSync(file, 'r');
    try {
      readSync(fd, head, 0, head.length, 0);
    } finally {
      closeSync(fd);
    }
  } catch {
    return null;
  }
  return /^#![ \t]*(\S+)/.exec(head.toString('latin1').replaceAll('\0', ' '))?.[1] ?? null;
}
