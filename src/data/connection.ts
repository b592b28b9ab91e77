/**
 * Opens a service's SQLite file with the settings of msvc's own connections: foreign keys enforced, waiting for locks
 * instead of failing. Loads better-sqlite3, so only workers and commands that look into a database import this.
 */
import { closeSync, mkdirSync, openSync } from 'node:fs';
import path from 'node:path';
import { readPragma } from './read-pragma.ts';
import { type Connection, openSqlite } from './sqlite.ts';

export type { Connection };

/** How long a statement waits for another process's transaction. */
export const BUSY_TIMEOUT_MS = 5000;

/** Creates what is missing of folder (0700) and file (0600). SQLite gives -wal and -shm the file's permissions. */
export function createFile(file: string): void {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  closeSync(openSync(file, 'a', 0o600));
}

/** @throws SqliteError, when the file is missing, cannot be opened or is no database */
export function openWritable(file: string, busyTimeoutMs = BUSY_TIMEOUT_MS): Connection {
  return set(openSqlite(file, { fileMustExist: true, timeout: busyTimeoutMs }), ['foreign_keys = ON']);
}

/** Nothing can be written through it, whatever is asked: opened read-only, and told so again. */
export function openReadOnly(file: string, busyTimeoutMs = BUSY_TIMEOUT_MS): Connection {
  return set(openSqlite(file, { fileMustExist: true, readonly: true, timeout: busyTimeoutMs }), [
    'query_only = ON',
    'foreign_keys = ON',
  ]);
}

function set(db: Connection, pragmas: readonly string[]): Connection {
  try {
    for (const pragma of pragmas) db.exec(`PRAGMA ${pragma}`);
    // SQLite opens lazily; a file that is no database shows itself here and not at some later statement.
    readPragma(db, 'schema_version');
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}
