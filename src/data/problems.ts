/** What SQLite and the file system refuse, as errors a person can act on. Pure. */
import { type Facts, MsvcError } from '../model/error.ts';
import type { Place } from '../model/place.ts';

export interface About {
  readonly file: string;
  readonly service?: string;
  readonly place?: Place | undefined;
}

/** The `code` of a system or SQLite error; empty for anything else. */
export function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : '';
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Names the file that a statement's `ATTACH` was given; of its own SQLite says `file` and no name. */
const ATTACHED = /^unable to open database: /;

/**
 * The trouble with a database file itself: in use, full, read-only, no database.
 * @returns undefined when the error is about a statement, or is none of SQLite's and the file system's
 */
export function fileProblem(error: unknown, about: About): MsvcError | undefined {
  const code = codeOf(error);
  if (ATTACHED.test(messageOf(error))) return undefined;
  const isLibrary = isUnloadable(error, code);
  const kind = isLibrary ? 'MSVC_SQLITE_UNAVAILABLE' : kindOf(code);
  if (kind === undefined) return undefined;
  const facts: Facts = {
    file: about.file,
    reason: code,
    ...(about.service !== undefined && { service: about.service }),
  };
  // The loader goes on with a line for each place where it looked: no fault of this file's.
  const message = isLibrary ? `better-sqlite3: ${firstLine(messageOf(error))}` : `${about.file}: ${messageOf(error)}`;
  return new MsvcError(kind, message, { facts, place: about.place, cause: error });
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0]!.replace(/ Tried:$/, '');
}

/** The native module is missing (its loader throws an error with `tries`) or was built for another Node. */
function isUnloadable(error: unknown, code: string): boolean {
  return code === 'ERR_DLOPEN_FAILED' || (error instanceof Error && 'tries' in error);
}

function kindOf(code: string) {
  if (/^SQLITE_(BUSY|LOCKED|PROTOCOL)/.test(code)) return 'MSVC_DATABASE_BUSY';
  if (/^SQLITE_(NOTADB|CORRUPT)/.test(code)) return 'MSVC_DATABASE_INVALID';
  if (code === 'SQLITE_FULL' || code === 'ENOSPC' || code === 'EDQUOT') return 'MSVC_DISK_FULL';
  if (/^SQLITE_(READONLY|CANTOPEN|PERM|AUTH|IOERR)/.test(code)) return 'MSVC_STATE_UNWRITABLE';
  if (/^(EACCES|EPERM|EROFS|ENOTDIR|EISDIR|EEXIST|ENOENT|ELOOP|ENAMETOOLONG)$/.test(code))
    return 'MSVC_STATE_UNWRITABLE';
  return undefined;
}
