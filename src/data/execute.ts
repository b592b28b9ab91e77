/** Runs one statement that a person asked for on an open connection. Loads no SQLite itself. */
import { MsvcError } from '../model/error.ts';
import type { Cell } from './cells.ts';
import type { Connection } from './connection.ts';
import { codeOf, fileProblem, messageOf } from './problems.ts';
import type { Statement } from './sql/statements.ts';

export interface Execution {
  /** Empty when the statement returns no rows by its nature. */
  readonly columns: readonly string[];
  /** To be read to its end, or closed, before the next statement. @throws as `execute` */
  readonly rows: Iterable<readonly Cell[]>;
  /** Rows inserted, updated or deleted; null for statements that return rows. */
  readonly changes: number | null;
}

const EXPLAIN = /^EXPLAIN\b/i;

/** @throws MsvcError MSVC_DATABASE_QUERY (facts: sqlite, statement, line, column), MSVC_DATABASE_BUSY, MSVC_DISK_FULL, ... */
export function execute(db: Connection, statement: Statement, write: boolean): Execution {
  return guarded(db, statement, () => {
    const prepared = db.prepare<unknown[], Cell[]>(statement.text);
    if (!write && !prepared.readonly && !EXPLAIN.test(statement.text)) throw refusal(db, statement);
    if (!prepared.reader) return { columns: [], rows: [], changes: prepared.run().changes };
    const columns = prepared.columns().map(({ name }) => name);
    const rows = prepared.raw().safeIntegers().iterate() as Iterable<Cell[]>;
    return { columns, rows: guardedRows(db, statement, rows), changes: null };
  });
}

function* guardedRows(db: Connection, statement: Statement, rows: Iterable<Cell[]>): Generator<Cell[]> {
  try {
    yield* rows;
  } catch (error) {
    throw queryError(db, statement, error);
  }
}

function guarded<T>(db: Connection, statement: Statement, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof MsvcError ? error : queryError(db, statement, error);
  }
}

function queryError(db: Connection, statement: Statement, error: unknown): unknown {
  const ofFile = fileProblem(error, { file: db.name });
  // A RangeError is better-sqlite3's own refusal, such as a placeholder without a value.
  if (ofFile || !(codeOf(error).startsWith('SQLITE') || error instanceof RangeError)) return ofFile ?? error;
  return failure(db, statement, messageOf(error), { cause: error });
}

function refusal(db: Connection, statement: Statement): MsvcError {
  return failure(db, statement, 'the database is open for reading only', { hint: 'add --write to change data' });
}

function failure(db: Connection, statement: Statement, message: string, more: { hint?: string; cause?: unknown }) {
  const { text, line, column } = statement;
  return new MsvcError('MSVC_DATABASE_QUERY', message, {
    facts: { file: db.name, sqlite: message, statement: text, line, column },
    ...more,
  });
}
