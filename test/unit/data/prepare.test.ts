import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, test, vi } from 'vitest';
import { openedBy, type PrepareOptions, prepareDatabase, resetDatabase } from '../../../src/data/index.ts';
import type { FromWorker } from '../../../src/data/protocol.ts';
import { openSqlite } from '../../../src/data/sqlite.ts';
import { Folder } from './folder.ts';

const WORKER = new URL('../../../dist/data/worker.js', import.meta.url);
const CHILD = fileURLToPath(new URL('prepare-child.mjs', import.meta.url));
const A = 'CREATE TABLE a (id INTEGER PRIMARY KEY);\n';
const FOREVER = 'WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n;';

function prepare(folder: Folder, more: Partial<PrepareOptions> = {}) {
  return prepareDatabase({ service: 'shop', spec: folder.spec(), workerFile: WORKER, ...more });
}

interface Child {
  readonly process: ChildProcess;
  readonly messages: AsyncIterableIterator<string>;
}

function child(folder: Folder, seed?: string): Child {
  const task = JSON.stringify({ service: 'shop', spec: folder.spec(seed), busyTimeoutMs: 5000 });
  const started = spawn(process.execPath, [CHILD, task], { stdio: ['ignore', 'pipe', 'inherit'] });
  return { process: started, messages: createInterface({ input: started.stdout! })[Symbol.asyncIterator]() };
}

async function answers({ messages }: Child): Promise<FromWorker[]> {
  const all: FromWorker[] = [];
  for await (const line of messages) all.push(JSON.parse(line));
  return all;
}

function isLocked(file: string): boolean {
  const db = openSqlite(file, { timeout: 0 });
  try {
    db.exec('BEGIN IMMEDIATE');
    return false;
  } catch {
    return true;
  } finally {
    db.close();
  }
}

describe('in a worker thread', () => {
  test('it tells what it applies, and answers', async () => {
    const folder = new Folder({ '1_a.sql': A });
    const told: string[] = [];
    const spec = folder.spec('INSERT INTO a VALUES (1)');
    const prepared = await prepare(folder, { spec, onApplied: ({ kind }) => told.push(kind) });
    expect(prepared).toEqual({ applied: ['1_a.sql'], seeded: true });
    expect(told).toEqual(['migration', 'seed']);
  });

  test('an error comes with its code, place and facts', async () => {
    const folder = new Folder();
    const file = folder.write('1_a.sql', 'CREATE TABLE a (id);\nSELEC 1;');
    await expect(prepare(folder)).rejects.toMatchObject({
      code: 'MSVC_MIGRATION_FAILED',
      place: { file, line: 2, column: 1 },
      facts: { service: 'shop', statement: 'SELEC 1;' },
    });
  });

  test('what has no place of its own gets the one in msvc.yaml', async () => {
    const folder = new Folder();
    const place = { file: '/p/msvc.yaml', line: 9, column: 5 };
    const spec = { path: folder.database, migrations: `${folder.dir}/nowhere` };
    await expect(prepare(folder, { spec, places: { database: place } })).rejects.toMatchObject({ place });
  });

  test('a second time costs no thread, until a file or the database is another one', async () => {
    const folder = new Folder({ '1_a.sql': A });
    await prepare(folder);
    const nowhere = new URL('nowhere.js', WORKER);
    expect(await prepare(folder, { workerFile: nowhere })).toEqual({ applied: [], seeded: false });

    folder.write('2_b.sql', 'CREATE TABLE b (id);');
    expect((await prepare(folder)).applied).toEqual(['2_b.sql']);

    resetDatabase(folder.database);
    expect((await prepare(folder)).applied).toEqual(['1_a.sql', '2_b.sql']);

    folder.write('1_a.sql', `${A}-- changed`);
    await expect(prepare(folder)).rejects.toMatchObject({ code: 'MSVC_MIGRATION_CHANGED' });
    await expect(prepare(folder)).rejects.toMatchObject({ code: 'MSVC_MIGRATION_CHANGED' });
  });

  test('given up before it began', async () => {
    const folder = new Folder({ '1_a.sql': A });
    await expect(prepare(folder, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'MSVC_STOPPING' });
    expect(existsSync(folder.database)).toBe(false);
  });

  test('no space left', async () => {
    const fill = `PRAGMA max_page_count = 8; ${A} CREATE TABLE big (data); INSERT INTO big VALUES (randomblob(1000000));`;
    await expect(prepare(new Folder({ '1_fill.sql': fill }))).rejects.toMatchObject({ code: 'MSVC_DISK_FULL' });
  });

  test('a path that nobody may create', async () => {
    const spec = { path: '/dev/null/shop/shop.db' };
    await expect(prepare(new Folder(), { spec })).rejects.toMatchObject({ code: 'MSVC_STATE_UNWRITABLE' });
  });
});

describe('over processes', () => {
  test('killed in the middle of a migration leaves the database as before it, and no lock', async () => {
    const folder = new Folder({ '1_a.sql': A, '2_b.sql': `CREATE TABLE b (id); INSERT INTO a VALUES (1); ${FOREVER}` });
    const running = child(folder);
    try {
      const first = JSON.parse((await running.messages.next()).value) as FromWorker;
      expect(first).toMatchObject({ type: 'applied', applied: { kind: 'migration' } });
      await vi.waitUntil(() => isLocked(folder.database), { timeout: 20_000, interval: 5 });
    } finally {
      running.process.kill('SIGKILL');
    }
    await once(running.process, 'exit');
    expect(folder.tables()).toEqual(['a', 'msvc_migrations']);
    expect(folder.rows('SELECT * FROM a')).toEqual([]);
    expect(folder.rows('PRAGMA integrity_check')).toEqual([['ok']]);
    folder.write('2_b.sql', 'CREATE TABLE b (id);');
    expect(folder.provision().applied).toEqual(['2_b.sql']);
  });

  test('four at once apply each migration and the seed once', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 8 }, (_, index) => [`${index}_t.sql`, `CREATE TABLE t${index} (id);`]),
    );
    const folder = new Folder(files);
    const outcomes = await Promise.all([1, 2, 3, 4].map(() => answers(child(folder, 'INSERT INTO t0 VALUES (1)'))));
    const applied = outcomes.flat().filter((message) => message.type === 'applied');
    expect(applied).toHaveLength(9);
    expect(outcomes.map((messages) => messages.at(-1)?.type)).toEqual(['done', 'done', 'done', 'done']);
    expect(folder.rows('SELECT * FROM t0')).toEqual([[1]]);
  });

  test('who has a database open is seen, and only while it has', async () => {
    if (process.platform !== 'linux') return expect(openedBy('/any/file')).toBeUndefined();
    const folder = new Folder({ '1_a.sql': A + FOREVER });
    const running = child(folder);
    try {
      const holder = { pid: running.process.pid, command: expect.stringContaining('prepare-child.mjs') };
      await vi.waitUntil(() => (openedBy(folder.database) ?? []).length > 0, { timeout: 20_000, interval: 5 });
      expect(openedBy(folder.database)).toEqual([holder]);
    } finally {
      running.process.kill('SIGKILL');
    }
    await once(running.process, 'exit');
    expect(openedBy(folder.database)).toEqual([]);
  });
});

test('a reset deletes the database with all that belongs to it, and nothing else', () => {
  const folder = new Folder({ '1_a.sql': A });
  folder.provision();
  const dir = path.dirname(folder.database);
  const db = openSqlite(folder.database);
  try {
    db.exec('INSERT INTO a VALUES (1)');
    expect(readdirSync(dir)).toContain('shop.db-wal');
    expect(resetDatabase(folder.database)).toContain(folder.database);
  } finally {
    db.close();
  }
  expect(readdirSync(dir)).toEqual([]);
  expect(resetDatabase(folder.database)).toEqual([]);
  rmSync(dir, { recursive: true });
});
