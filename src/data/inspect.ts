/** What is in a service's database: tables, sizes, applied migrations. Reads only; loads SQLite when it is called. */
import { statSync } from 'node:fs';
import type { Connection } from './connection.ts';
import { type AppliedMigration, appliedMigrations, hasLedger, LEDGER } from './migrations/ledger.ts';
import { fileProblem } from './problems.ts';
import { connect } from './query.ts';
import { readPragma } from './read-pragma.ts';

export interface DatabaseInfo {
  /** Absolute. */
  readonly file: string;
  /** File and write-ahead log together. */
  readonly sizeBytes: number;
  /** `wal` when msvc made it. */
  readonly journalMode: string;
  /** By name; msvc's own and SQLite's are left out. */
  readonly tables: readonly { readonly name: string; readonly rows: number }[];
  /** In the order in which they were applied. */
  readonly migrations: readonly AppliedMigration[];
}

/** One consistent picture: everything is read in one transaction. @throws MsvcError as `connect` */
export async function inspectDatabase(file: string): Promise<DatabaseInfo> {
  const db = await connect(file, false);
  try {
    return db.transaction(() => ({
      file,
      sizeBytes: sizeOf(file) + sizeOf(`${file}-wal`),
      journalMode: String(readPragma(db, 'journal_mode')),
      tables: tableNames(db).map((name) => ({ name, rows: countRows(db, name) })),
      migrations: hasLedger(db) ? appliedMigrations(db) : [],
    }))();
  } catch (error) {
    throw fileProblem(error, { file }) ?? error;
  } finally {
    db.close();
  }
}

function tableNames(db: Connection): string[] {
  const names = db.prepare(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name <> ? ORDER BY name",
  );
  return names.pluck().all(LEDGER) as string[];
}

function countRows(db: Connection, table: string): number {
  return db
    .prepare(`SELECT count(*) FROM "${table.replaceAll('"', '""')}"`)
    .pluck()
    .get() as number;
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
