/** Reads a pragma through a statement like any other, since `pragma` of better-sqlite3 makes one that nobody holds. Pure of I/O but for that. */
import type { Connection } from './sqlite.ts';

/** @returns the first column of the first row */
export function readPragma(db: Connection, name: string): unknown {
  return db.prepare(`PRAGMA ${name}`).pluck().get();
}
