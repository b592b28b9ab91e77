/**
 * Applies one SQL file: all of it or nothing, together with its row in the ledger. A file that asks for no transaction
 * runs statement by statement, and what ran before a failure stays.
 */
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { type ErrorCode, MsvcError } from '../../model/error.ts';
import type { Place } from '../../model/place.ts';
import type { Connection } from '../connection.ts';
import { type About, codeOf, fileProblem, messageOf } from '../problems.ts';
import { placeOf } from '../sql/locate.ts';
import { type Statement, split } from '../sql/statements.ts';
import type { SqlFile } from './files.ts';

const SHOWN_CHARACTERS = 500;
const TRANSACTION_CONTROL = /^(BEGIN|COMMIT|END|ROLLBACK(?!\s+(TRANSACTION\s+)?TO\b))\b/i;
const FOREIGN_KEYS_OFF = /^PRAGMA\s+foreign_keys\s*(=|\()\s*(OFF|0|FALSE|NO)\b/i;

export interface Application {
  readonly sql: SqlFile;
  readonly code: ErrorCode;
  readonly about: About;
  /** Asked inside the transaction, when no other process can change the answer any more. */
  readonly isDone: () => boolean;
  readonly record: (tookMs: number) => void;
}

/**
 * @returns the time it took, or undefined when it had been applied meanwhile
 * @throws MsvcError with the application's code, place and facts (file, path, statement, sqlite, transaction); or with a code for
 *   trouble with the database file
 */
export function apply(db: Connection, application: Application): number | undefined {
  const { sql, isDone, record } = application;
  const { statements } = split(sql.sql);
  // SQLite ignores this pragma inside a transaction, where rebuilding a table would need it: so it is taken out.
  const unchecked = sql.transaction && statements.some(({ text }) => FOREIGN_KEYS_OFF.test(text));
  const started = performance.now();
  const run = (): number | undefined => {
    if (isDone()) return undefined;
    for (const statement of statements) runStatement(db, statement, application);
    if (unchecked) checkForeignKeys(db, application);
    const tookMs = Math.round(performance.now() - started);
    record(tookMs);
    return tookMs;
  };
  try {
    if (unchecked) db.exec('PRAGMA foreign_keys = OFF');
    return sql.transaction ? db.transaction(run).immediate() : run();
  } catch (error) {
    throw error instanceof MsvcError ? error : (fileProblem(error, application.about) ?? error);
  } finally {
    db.exec('PRAGMA foreign_keys = ON');
  }
}

function runStatement(db: Connection, statement: Statement, application: Application): void {
  if (application.sql.transaction && TRANSACTION_CONTROL.test(statement.text)) {
    throw failure(application, statement, 'the file runs in a transaction of its own already', {
      hint: 'take BEGIN and COMMIT away, or begin the file with the line `-- msvc: no-transaction`',
    });
  }
  try {
    db.exec(statement.text);
  } catch (error) {
    const trouble = fileProblem(error, application.about);
    if (trouble) throw trouble;
    if (!codeOf(error).startsWith('SQLITE')) throw error;
    throw failure(application, statement, messageOf(error), { cause: error });
  }
}

/** What a rebuild without enforcement may have broken, before it is kept. */
function checkForeignKeys(db: Connection, { sql, code }: Application): void {
  const broken = db.prepare('PRAGMA foreign_key_check').all() as {
    table: string;
    rowid: number | null;
    parent: string;
  }[];
  const first = broken[0];
  if (!first) return;
  const message = `FOREIGN KEY constraint failed: ${broken.length} row(s) of ${first.table} refer to no row of ${first.parent}`;
  throw new MsvcError(code, `${sql.name}: ${message}`, {
    facts: { file: sql.file, sqlite: message, table: first.table, parent: first.parent, rows: broken.length },
    place: { file: sql.file, line: 1, column: 1 },
  });
}

function failure(
  { sql, code, about }: Application,
  statement: Statement,
  message: string,
  more: { hint?: string; cause?: unknown },
): MsvcError {
  const { text } = statement;
  const shown = text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
  return new MsvcError(code, `${sql.name}: ${message}`, {
    facts: {
      ...(about.service !== undefined && { service: about.service }),
      file: sql.file,
      path: pathFrom(about.place, sql.file),
      statement: shown,
      sqlite: message,
      transaction: sql.transaction,
    },
    place: placeOf(sql.file, sql.sql, statement, message),
    ...more,
  });
}

/** For people: as seen from the folder of the definition, which has no folder when it came by standard input. */
function pathFrom(definition: Place | undefined, file: string): string {
  return definition && path.isAbsolute(definition.file) ? path.relative(path.dirname(definition.file), file) : file;
}
