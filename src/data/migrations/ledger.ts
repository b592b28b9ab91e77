/**
 * The table `msvc_migrations` in a service's own database: what was applied, when, and of which text. Written in the
 * same transaction as the migration itself, so that the two can never disagree.
 *
 * One row more, named `seed:`, says that the seed's time is over: it ran, or the database was not new.
 */
import type { Connection } from '../connection.ts';

export interface AppliedMigration {
  readonly name: string;
  readonly checksum: string;
  /** ISO 8601, UTC. */
  readonly appliedAt: string;
  readonly tookMs: number;
}

export const LEDGER = 'msvc_migrations';
const SEED = 'seed:';

/** Creates the table where it is missing. In a database that has tables of its own already, no seed will run. */
export function openLedger(db: Connection): void {
  if (hasLedger(db)) return;
  db.transaction(() => {
    if (hasLedger(db)) return;
    const tables = db.prepare("SELECT count(*) FROM sqlite_schema WHERE type = 'table'").pluck().get();
    db.exec(
      `CREATE TABLE ${LEDGER} (
        name TEXT PRIMARY KEY, checksum TEXT NOT NULL, applied_at TEXT NOT NULL, took_ms INTEGER NOT NULL
      ) STRICT`,
    );
    if (tables !== 0) recordSeed(db, '', 0);
  }).immediate();
}

export function hasLedger(db: Connection): boolean {
  return db.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?").get(LEDGER) !== undefined;
}

/** In the order in which they were applied. */
export function appliedMigrations(db: Connection): AppliedMigration[] {
  const rows = db.prepare(
    `SELECT name, checksum, applied_at AS appliedAt, took_ms AS tookMs FROM ${LEDGER} WHERE name <> ? ORDER BY rowid`,
  );
  return rows.all(SEED) as AppliedMigration[];
}

export function isApplied(db: Connection, name: string): boolean {
  return db.prepare(`SELECT 1 FROM ${LEDGER} WHERE name = ?`).get(name) !== undefined;
}

export function record(db: Connection, name: string, checksum: string, tookMs: number): void {
  db.prepare(`INSERT INTO ${LEDGER} (name, checksum, applied_at, took_ms) VALUES (?, ?, ?, ?)`).run(
    name,
    checksum,
    new Date().toISOString(),
    tookMs,
  );
}

export function isSeedDue(db: Connection): boolean {
  return !isApplied(db, SEED);
}

export function recordSeed(db: Connection, checksum: string, tookMs: number): void {
  record(db, SEED, checksum, tookMs);
}
