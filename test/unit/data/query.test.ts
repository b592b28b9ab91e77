import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { type Cell, cellJson, cellText, inspectDatabase, queryDatabase } from '../../../src/data/index.ts';
import { Folder } from './folder.ts';

let folder: Folder;

beforeEach(() => {
  folder = new Folder({
    '1_a.sql': "CREATE TABLE a (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO a VALUES (1, 'x'), (2, NULL);",
    '2_b.sql': 'CREATE TABLE "b ""quoted""" (id); CREATE VIEW v AS SELECT 1;',
  });
  folder.provision();
});

describe('a query', () => {
  test('answers several statements, in order, with columns and rows', async () => {
    const results = await queryDatabase(folder.database, "SELECT * FROM a; -- ;\nSELECT ';' AS s, count(*) FROM a");
    expect(results.map(({ columns, rows }) => [columns, rows])).toEqual([
      [
        ['id', 'name'],
        [
          [1n, 'x'],
          [2n, null],
        ],
      ],
      [['s', 'count(*)'], [[';', 2n]]],
    ]);
  });

  test.each([
    'INSERT INTO a VALUES (3, NULL)',
    'INSERT INTO a VALUES (3, NULL) RETURNING id',
    'PRAGMA query_only = OFF; DELETE FROM a',
    'PRAGMA journal_mode = DELETE',
    'PRAGMA user_version = 7',
    'CREATE TABLE c (id)',
    'CREATE TEMP TABLE c (id)',
    'BEGIN IMMEDIATE; DELETE FROM a; COMMIT',
    "WITH w AS (SELECT 1) UPDATE a SET name = 'y'",
    'VACUUM',
  ])('cannot change anything by itself: %s', async (sql) => {
    await expect(queryDatabase(folder.database, sql)).rejects.toMatchObject({ code: 'MSVC_DATABASE_QUERY' });
    expect(folder.rows('SELECT * FROM a')).toHaveLength(2);
    expect(folder.rows('PRAGMA journal_mode')).toEqual([['wal']]);
    expect(folder.rows('PRAGMA user_version')).toEqual([[0]]);
  });

  test('nor write another file', async () => {
    const copy = path.join(folder.dir, 'copy.db');
    for (const sql of [`VACUUM INTO '${copy}'`, `ATTACH '${copy}' AS c; CREATE TABLE c.t (id)`]) {
      await expect(queryDatabase(folder.database, sql)).rejects.toThrow();
    }
    await expect(queryDatabase(copy, 'SELECT 1')).rejects.toMatchObject({ code: 'MSVC_NO_DATABASE' });
  });

  test('may explain what it may not do', async () => {
    const [plan] = await queryDatabase(folder.database, 'EXPLAIN QUERY PLAN DELETE FROM a WHERE id = 1');
    expect(plan?.rows.flat()).toContainEqual(expect.stringContaining('SEARCH a'));
  });

  test('changes data when asked to, with foreign keys enforced', async () => {
    const sql = "UPDATE a SET name = 'z'; PRAGMA foreign_keys; DELETE FROM a RETURNING id";
    const [update, keys, deleted] = await queryDatabase(folder.database, sql, { write: true });
    expect([update?.changes, keys?.rows, deleted?.rows]).toEqual([2, [[1n]], [[1n], [2n]]]);
  });

  test('that fails says where and why', async () => {
    const query = queryDatabase(folder.database, 'SELECT 1;\n  SELEC 2');
    await expect(query).rejects.toMatchObject({
      code: 'MSVC_DATABASE_QUERY',
      facts: { sqlite: 'near "SELEC": syntax error', statement: 'SELEC 2', line: 2, column: 3 },
    });
    await expect(queryDatabase(folder.database, 'SELECT ?')).rejects.toMatchObject({ code: 'MSVC_DATABASE_QUERY' });
  });

  test('that attaches what is not there is wrong, and not the file that it is asked of', async () => {
    const sql = `SELECT 1;\nATTACH '${path.join(folder.dir, 'none.db')}' AS other`;
    await expect(queryDatabase(folder.database, sql)).rejects.toMatchObject({
      code: 'MSVC_DATABASE_QUERY',
      facts: { line: 2, sqlite: expect.stringContaining('none.db') },
    });
  });

  test('of what is no database, or not there', async () => {
    const file = path.join(folder.dir, 'text.db');
    await expect(queryDatabase(file, 'SELECT 1')).rejects.toMatchObject({ code: 'MSVC_NO_DATABASE' });
    writeFileSync(file, 'a text'.repeat(200));
    await expect(queryDatabase(file, 'SELECT 1')).rejects.toMatchObject({ code: 'MSVC_DATABASE_INVALID' });
  });
});

test("an inspection counts rows and lists migrations, leaving out what is not the service's own", async () => {
  expect(await inspectDatabase(folder.database)).toEqual({
    file: folder.database,
    sizeBytes: expect.any(Number),
    journalMode: 'wal',
    tables: [
      { name: 'a', rows: 2 },
      { name: 'b "quoted"', rows: 0 },
    ],
    migrations: [
      {
        name: '1_a.sql',
        checksum: expect.stringMatching(/^[0-9a-f]{64}$/),
        appliedAt: expect.any(String),
        tookMs: expect.any(Number),
      },
      expect.objectContaining({ name: '2_b.sql' }),
    ],
  });
});

describe('cells', () => {
  test.each<[Cell, unknown, string]>([
    [null, null, 'NULL'],
    [42n, 42, '42'],
    [2n ** 62n, '4611686018427387904', '4611686018427387904'],
    [1, 1, '1.0'],
    [1.5, 1.5, '1.5'],
    [Number.POSITIVE_INFINITY, '9e999', 'Infinity'],
    ['é\n\u001b[31m', 'é\n\u001b[31m', 'é\\n\\u001b[31m'],
    [Uint8Array.of(0, 255), { blob: '00ff', bytes: 2 }, "x'00ff'"],
    [new Uint8Array(40), { blob: '0'.repeat(80), bytes: 40 }, `x'${'0'.repeat(64)}…' (40 bytes)`],
  ])('%s', (cell, json, text) => {
    expect(cellJson(cell)).toEqual(json);
    expect(cellText(cell)).toBe(text);
  });
});
