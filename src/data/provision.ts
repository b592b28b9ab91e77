/**
 * Makes a service's database ready: file, WAL, migrations, seed. Synchronous and possibly long, so it runs in a worker
 * thread (`worker.ts`). It writes a service's file only here, before that service's first replica starts.
 */
import path from 'node:path';
import { MsvcError } from '../model/error.ts';
import type { DatabaseSpec } from '../model/project.ts';
import { type Connection, createFile, openWritable } from './connection.ts';
import { apply } from './migrations/apply.ts';
import { pendingMigrations } from './migrations/check.ts';
import { migrationFiles, readSql } from './migrations/files.ts';
import { appliedMigrations, isApplied, isSeedDue, openLedger, record, recordSeed } from './migrations/ledger.ts';
import { withLock } from './migrations/lock.ts';
import { openedBy } from './opened-by.ts';
import { type About, fileProblem } from './problems.ts';
import type { Applied, Prepared, PrepareTask } from './protocol.ts';
import { readPragma } from './read-pragma.ts';

/** @throws MsvcError; what was applied before the failing file stays applied */
export function provision(task: PrepareTask, onApplied: (applied: Applied) => void): Prepared {
  const { service, spec, place } = task;
  const about: About = { file: spec.path, service, place };
  try {
    createFile(spec.path);
    return withLock(spec.path, () => {
      const db = openWritable(spec.path, task.busyTimeoutMs);
      try {
        switchToWal(db);
        return migrate(db, spec, about, onApplied);
      } finally {
        db.close();
      }
    });
  } catch (error) {
    const problem = error instanceof MsvcError ? error : (fileProblem(error, about) ?? error);
    throw problem instanceof MsvcError && problem.code === 'MSVC_DATABASE_BUSY' ? withHolders(problem, spec) : problem;
  }
}

/** It stays in the file. Changing it needs the file alone, so it is only asked for where it is not so. */
function switchToWal(db: Connection): void {
  if (readPragma(db, 'journal_mode') !== 'wal') db.exec('PRAGMA journal_mode = WAL');
}

function migrate(db: Connection, spec: DatabaseSpec, about: About, onApplied: (applied: Applied) => void): Prepared {
  const applied: string[] = [];
  if (spec.migrations === undefined && spec.seed === undefined) return { applied, seeded: false };
  openLedger(db);
  if (spec.migrations !== undefined) {
    const files = migrationFiles(spec.migrations, about.place);
    for (const sql of pendingMigrations(files, appliedMigrations(db), spec.migrations, about.place)) {
      const tookMs = apply(db, {
        sql,
        code: 'MSVC_MIGRATION_FAILED',
        about,
        isDone: () => isApplied(db, sql.name),
        record: (ms) => record(db, sql.name, sql.checksum, ms),
      });
      if (tookMs === undefined) continue;
      applied.push(sql.name);
      onApplied({ kind: 'migration', file: sql.file, tookMs });
    }
  }
  return { applied, seeded: seed(db, spec, about, onApplied) };
}

/** Once in the life of a database, and only of one that msvc created. A seed that failed is tried again. */
function seed(db: Connection, spec: DatabaseSpec, about: About, onApplied: (applied: Applied) => void): boolean {
  if (!isSeedDue(db)) return false;
  if (spec.seed === undefined) {
    recordSeed(db, '', 0);
    return false;
  }
  const sql = readSql(spec.seed, 'MSVC_SEED_FAILED', about.place);
  const tookMs = apply(db, {
    sql,
    code: 'MSVC_SEED_FAILED',
    about,
    isDone: () => !isSeedDue(db),
    record: (ms) => recordSeed(db, sql.checksum, ms),
  });
  if (tookMs === undefined) return false;
  onApplied({ kind: 'seed', file: path.resolve(spec.seed), tookMs });
  return true;
}

function withHolders(problem: MsvcError, spec: DatabaseSpec): MsvcError {
  const holders = (openedBy(spec.path) ?? []).map(({ pid, command }) => `${pid} ${command}`);
  return new MsvcError(problem.code, problem.message, {
    facts: { ...problem.facts, ...(holders.length > 0 && { holders }) },
    place: problem.place,
    cause: problem,
  });
}
