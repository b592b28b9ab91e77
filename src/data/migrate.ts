/**
 * Brings a database file to its newest schema: what is new is applied in order, each file in a transaction of its
 * own, recorded with its checksum in `msvc_migrations`. Runs in a worker. Two processes that do this at once apply
 * every file once: the lock is SQLite's own write lock, taken before the record is read.
 */
import { chmodSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import type Database from 'better-sqlite3';
import { type ErrorCode, MsvcError } from '../model/error.ts';
import type { DatabaseSpec } from '../model/project.ts';
import { databaseError, openDatabase } from './connection.ts';
import { type MigrationFile, readMigrations, readSqlFile } from './migration-files.ts';
import { splitSql } from './split-sql.ts';

export interface Applied {
  readonly kind: 'migration' | 'seed';
  readonly file: string;
  readonly tookMs: number;
}

interface Row {
  readonly name: string;
  readonly checksum: string;
  readonly applied_at: string;
}

/** The record of the seed in the same table; no migration can have this name. */
const SEED = 'seed:';

/** @throws MsvcError MSVC_MIGRATION_FAILED, MSVC_MIGRATION_CHANGED, MSVC_SEED_FAILED, MSVC_DATABASE_*, MSVC_DISK_FULL */
export function migrate(service: string, spec: DatabaseSpec, onApplied: (applied: Applied) => void): void {
  const files = spec.migrations === undefined ? [] : readMigrations(spec.migrations, service);
  makeFolder(spec.path);
  const database = openDatabase(spec.path, { readonly: false });
  try {
    chmodSync(spec.path, 0o600);
    database.pragma('journal_mode = WAL');
    database.exec(
      `CREATE TABLE IF NOT EXISTS msvc_migrations
         (name TEXT PRIMARY KEY, checksum TEXT NOT NULL, applied_at TEXT NOT NULL, took_ms INTEGER NOT NULL) STRICT`,
    );
    for (const file of files) applyOnce(database, service, file, files, onApplied);
    if (spec.seed !== undefined) seedOnce(database, service, readSqlFile(spec.seed), onApplied);
  } catch (error) {
    throw databaseError(error, spec.path);
  } finally {
    database.close();
  }
}

function makeFolder(file: string): void {
  try {
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    const full = code === 'ENOSPC' || code === 'EDQUOT';
    throw new MsvcError(full ? 'MSVC_DISK_FULL' : 'MSVC_STATE_UNWRITABLE', message, {
      facts: { path: file, errno: code },
    });
  }
}

function applyOnce(
  database: Database.Database,
  service: string,
  file: MigrationFile,
  files: readonly MigrationFile[],
  onApplied: (applied: Applied) => void,
): void {
  if (!file.transaction) {
    database.exec('BEGIN IMMEDIATE');
    const known = checkRecord(database, service, file, files);
    database.exec('COMMIT');
    if (known) return;
    const tookMs = run(database, service, file, 'MSVC_MIGRATION_FAILED');
    record(database, file.name, file.checksum, tookMs);
    onApplied({ kind: 'migration', file: file.path, tookMs });
    return;
  }
  database.exec('BEGIN IMMEDIATE');
  try {
    if (checkRecord(database, service, file, files)) {
      database.exec('COMMIT');
      return;
    }
    const tookMs = run(database, service, file, 'MSVC_MIGRATION_FAILED');
    record(database, file.name, file.checksum, tookMs);
    database.exec('COMMIT');
    onApplied({ kind: 'migration', file: file.path, tookMs });
  } finally {
    if (database.inTransaction) database.exec('ROLLBACK');
  }
}

/** @returns true when this very file has been applied already */
function checkRecord(
  database: Database.Database,
  service: string,
  file: MigrationFile,
  files: readonly MigrationFile[],
): boolean {
  const rows = database
    .prepare<[string], Row>('SELECT name, checksum, applied_at FROM msvc_migrations WHERE name NOT LIKE ?')
    .all(`${SEED}%`);
  const gone = rows.find((row) => !files.some((other) => other.name === row.name));
  if (gone) {
    throw new MsvcError('MSVC_MIGRATION_CHANGED', `${gone.name} was applied and is not there any more`, {
      facts: { service, file: gone.name, appliedAt: gone.applied_at, change: 'missing' },
      hint: `bring it back, or begin anew with \`msvc db reset ${service}\``,
    });
  }
  const own = rows.find((row) => row.name === file.name);
  if (own && own.checksum !== file.checksum) {
    throw new MsvcError('MSVC_MIGRATION_CHANGED', `${file.name} was changed after it had been applied`, {
      facts: { service, file: file.name, appliedAt: own.applied_at, change: 'changed' },
      place: { file: file.path, line: 1, column: 1 },
      hint: `put the change into a new file, or begin anew with \`msvc db reset ${service}\``,
    });
  }
  if (own) return true;
  const later = rows.find((row) => files.findIndex((f) => f.name === row.name) > files.indexOf(file));
  if (later) {
    throw new MsvcError('MSVC_MIGRATION_CHANGED', `${file.name} comes before ${later.name}, which is applied already`, {
      facts: { service, file: file.name, appliedAt: later.applied_at, change: 'out-of-order' },
      place: { file: file.path, line: 1, column: 1 },
      hint: 'give it the next number',
    });
  }
  return false;
}

function seedOnce(
  database: Database.Database,
  service: string,
  file: MigrationFile,
  onApplied: (applied: Applied) => void,
): void {
  database.exec('BEGIN IMMEDIATE');
  try {
    const done = database.prepare('SELECT 1 FROM msvc_migrations WHERE name LIKE ?').get(`${SEED}%`);
    if (done === undefined) {
      const tookMs = run(database, service, file, 'MSVC_SEED_FAILED');
      record(database, SEED + file.name, file.checksum, tookMs);
      database.exec('COMMIT');
      onApplied({ kind: 'seed', file: file.path, tookMs });
    }
  } finally {
    if (database.inTransaction) database.exec('ROLLBACK');
  }
}

/** @returns milliseconds */
function run(database: Database.Database, service: string, file: MigrationFile, code: ErrorCode): number {
  const started = performance.now();
  for (const statement of splitSql(file.sql)) {
    try {
      database.exec(statement.text);
    } catch (error) {
      throw new MsvcError(code, (error as Error).message, {
        facts: { service, file: file.name, statement: statement.text.slice(0, 500), reason: (error as Error).message },
        place: { file: file.path, line: statement.line, column: statement.column },
      });
    }
  }
  return Math.round(performance.now() - started);
}

function record(database: Database.Database, name: string, checksum: string, tookMs: number): void {
  database
    .prepare('INSERT INTO msvc_migrations (name, checksum, applied_at, took_ms) VALUES (?, ?, ?, ?)')
    .run(name, checksum, new Date().toISOString(), tookMs);
}
