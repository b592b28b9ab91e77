/** Questions to a service's file, for `msvc db`. Loads the native module: import it lazily. */
import { rmSync, statSync } from 'node:fs';
import { databaseError, openDatabase } from './connection.ts';
import { splitSql } from './split-sql.ts';

export interface QueryResult {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
  /** Rows written by a statement that returns none. */
  readonly changes: number;
}

/**
 * Runs each statement of `sql` in turn. Read-only unless `write`: the file is opened so and SQLite refuses.
 * @throws MsvcError MSVC_DATABASE_QUERY, MSVC_DATABASE_BUSY
 */
export function queryDatabase(file: string, sql: string, options: { write: boolean }): QueryResult[] {
  const database = openDatabase(file, { readonly: !options.write });
  try {
    return splitSql(sql).map(({ text }) => {
      const statement = database.prepare(text);
      if (!statement.reader) return { columns: [], rows: [], changes: statement.run().changes };
      const columns = statement.columns().map((column) => column.name);
      return { columns, rows: statement.raw().all() as unknown[][], changes: 0 };
    });
  } catch (error) {
    throw databaseError(error, file);
  } finally {
    database.close();
  }
}

export interface Inspection {
  readonly path: string;
  readonly bytes: number;
  readonly journalMode: string;
  readonly tables: readonly { readonly name: string; readonly rows: number }[];
  readonly migrations: readonly { readonly name: string; readonly appliedAt: string }[];
}

export function inspectDatabase(file: string): Inspection {
  const database = openDatabase(file, { readonly: true });
  try {
    const names = database
      .prepare<[], { name: string }>(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name",
      )
      .all();
    const tables = names.map(({ name }) => ({
      name,
      rows: database
        .prepare(`SELECT count(*) FROM "${name.replaceAll('"', '""')}"`)
        .pluck()
        .get() as number,
    }));
    const migrations = names.some(({ name }) => name === 'msvc_migrations')
      ? (database
          .prepare('SELECT name, applied_at AS appliedAt FROM msvc_migrations ORDER BY applied_at, name')
          .all() as Inspection['migrations'])
      : [];
    return {
      path: file,
      bytes: statSync(file).size,
      journalMode: String(database.pragma('journal_mode', { simple: true })),
      tables,
      migrations,
    };
  } catch (error) {
    throw databaseError(error, file);
  } finally {
    database.close();
  }
}

/** Deletes the file with its journal. Nobody may have it open. */
export function resetDatabase(file: string): void {
  for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(file + suffix, { force: true });
}
