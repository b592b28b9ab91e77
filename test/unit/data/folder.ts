/** A temporary folder with SQL files and the place of a database; removed at the end of the test. */
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, expect } from 'vitest';
import type { Applied, Prepared, PrepareTask } from '../../../src/data/protocol.ts';
import { provision } from '../../../src/data/provision.ts';
import { openSqlite } from '../../../src/data/sqlite.ts';
import type { MsvcError } from '../../../src/model/error.ts';
import type { DatabaseSpec } from '../../../src/model/project.ts';

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) {
    rmSync(folder, { recursive: true, force: true });
    expect(existsSync(folder)).toBe(false);
  }
});

export class Folder {
  readonly dir = realpathSync(mkdtempSync(path.join(tmpdir(), 'msvc-data-')));
  readonly migrations = path.join(this.dir, 'migrations');
  readonly database = path.join(this.dir, 'data/shop/shop.db');
  readonly seed = path.join(this.dir, 'seed.sql');

  constructor(files: Readonly<Record<string, string>> = {}) {
    folders.push(this.dir);
    mkdirSync(this.migrations);
    for (const [name, sql] of Object.entries(files)) this.write(name, sql);
  }

  /** @returns the absolute path */
  write(name: string, sql: string | Buffer): string {
    const file = path.join(this.migrations, name);
    writeFileSync(file, sql);
    return file;
  }

  remove(name: string): void {
    rmSync(path.join(this.migrations, name));
  }

  spec(seed?: string): DatabaseSpec {
    if (seed !== undefined) writeFileSync(this.seed, seed);
    return { path: this.database, migrations: this.migrations, ...(seed !== undefined && { seed: this.seed }) };
  }

  /** In this very thread; `prepareDatabase` does the same in a worker's. */
  provision(task: Partial<PrepareTask> = {}): Prepared & { told: Applied[] } {
    const told: Applied[] = [];
    const whole = { service: 'shop', spec: this.spec(), busyTimeoutMs: 2000, ...task };
    return { ...provision(whole, (applied) => told.push(applied)), told };
  }

  /** @returns the error that the provisioning met */
  refusal(task: Partial<PrepareTask> = {}): MsvcError {
    try {
      this.provision(task);
    } catch (error) {
      return error as MsvcError;
    }
    throw new Error('it was provisioned without an error');
  }

  /** Rows of one column or whole rows, by a connection of its own. */
  rows(sql: string): unknown[] {
    const db = openSqlite(this.database, { readonly: true });
    try {
      return db.prepare(sql).raw().all();
    } finally {
      db.close();
    }
  }

  tables(): unknown[] {
    return this.rows("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").flat();
  }
}
