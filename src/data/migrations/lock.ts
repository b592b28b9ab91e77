/**
 * One preparation of a database at a time, over processes: an exclusive transaction on an empty SQLite file beside it.
 * The operating system ends it with its process, so a crash leaves no stale lock; only the empty file stays.
 */
import { createFile } from '../connection.ts';
import { fileProblem } from '../problems.ts';
import { type Connection, openSqlite } from '../sqlite.ts';

/** How long one preparation waits for another: long migrations are rare, and the other one is doing our work. */
const WAIT_MS = 60_000;

/** @throws MsvcError MSVC_DATABASE_BUSY after a minute; MSVC_STATE_UNWRITABLE, MSVC_DISK_FULL */
export function withLock<T>(databaseFile: string, work: () => T): T {
  const file = `${databaseFile}.lock`;
  let lock: Connection | undefined;
  try {
    createFile(file);
    lock = openSqlite(file, { timeout: WAIT_MS });
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock?.close();
    throw fileProblem(error, { file }) ?? error;
  }
  try {
    return work();
  } finally {
    lock.close();
  }
}
