/** Answers one or several statements on a service's database. Loads better-sqlite3 only when it is called. */
import { existsSync } from 'node:fs';
import { MsvcError } from '../model/error.ts';
import type { Cell } from './cells.ts';
import type { Connection } from './connection.ts';
import { execute } from './execute.ts';
import { fileProblem } from './problems.ts';
import { split } from './sql/statements.ts';

export interface QueryOptions {
  /** Default false: nothing can be changed. */
  readonly write?: boolean;
}

export interface QueryResult {
  readonly statement: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
  /** Rows inserted, updated or deleted; null for statements that return rows. */
  readonly changes: number | null;
}

/**
 * Runs them in order and stops at the first that fails; those before it are kept (each is a transaction of its own
 * unless the text begins one).
 * @throws MsvcError MSVC_NO_DATABASE when the file does not exist yet; as `execute` and `connect`
 */
export async function queryDatabase(file: string, sql: string, options: QueryOptions = {}): Promise<QueryResult[]> {
  const write = options.write ?? false;
  const db = await connect(file, write);
  try {
    return split(sql).statements.map((statement) => {
      const { columns, rows, changes } = execute(db, statement, write);
      return { statement: statement.text, columns, rows: [...rows], changes };
    });
  } finally {
    db.close();
  }
}

/** @throws MsvcError MSVC_NO_DATABASE, MSVC_DATABASE_INVALID, MSVC_DATABASE_BUSY, MSVC_STATE_UNWRITABLE */
export async function connect(file: string, write: boolean): Promise<Connection> {
  if (!existsSync(file)) {
    throw new MsvcError('MSVC_NO_DATABASE', `${file} does not exist yet`, {
      facts: { file, reason: 'not-created' },
      hint: 'it is created when the service starts, or by `msvc db migrate`',
    });
  }
  try {
    const { openReadOnly, openWritable } = await import('./connection.ts');
    return write ? openWritable(file) : openReadOnly(file);
  } catch (error) {
    throw fileProblem(error, { file }) ?? error;
  }
}
