import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { openSqlite } from '../../../src/data/sqlite.ts';
import { Folder } from './folder.ts';

const A = 'CREATE TABLE a (id INTEGER PRIMARY KEY);\n';
const B = 'CREATE TABLE b (id INTEGER PRIMARY KEY, a INTEGER NOT NULL REFERENCES a (id));\n';

describe('a new database', () => {
  test('is a private file in WAL mode with every migration applied and recorded, in numeric order', () => {
    const folder = new Folder({
      '10_c.sql': 'CREATE TABLE c (id); DROP TABLE b_old;',
      '2_b.up.sql': B,
      '2_b.down.sql': 'DROP TABLE b;',
      '001_a.sql': A,
      'V3__old.sql': 'CREATE TABLE b_old (id);',
      'notes.txt': 'not SQL',
    });
    const { applied, seeded, told } = folder.provision();
    expect(applied).toEqual(['001_a.sql', '2_b.up.sql', 'V3__old.sql', '10_c.sql']);
    expect(seeded).toBe(false);
    expect(told.map(({ kind, file }) => [kind, path.basename(file)])).toEqual(
      applied.map((name) => ['migration', name]),
    );
    expect(folder.tables()).toEqual(['a', 'b', 'c', 'msvc_migrations']);
    expect(folder.rows('PRAGMA journal_mode')).toEqual([['wal']]);
    expect(statSync(folder.database).mode & 0o777).toBe(0o600);
    expect(statSync(path.dirname(folder.database)).mode & 0o777).toBe(0o700);
    expect(folder.provision().applied).toEqual([]);
  });

  test('without migrations and seed has nothing of msvc in it', () => {
    const folder = new Folder();
    folder.provision({ spec: { path: folder.database } });
    expect(folder.rows('PRAGMA journal_mode')).toEqual([['wal']]);
    expect(folder.tables()).toEqual([]);
  });

  test('only what is new is applied to one that is not', () => {
    const folder = new Folder({ '1_a.sql': A });
    folder.provision();
    folder.write('2_b.sql', B);
    expect(folder.provision().applied).toEqual(['2_b.sql']);
  });

  test('byte order marks and CRLF are no matter, and a checkout with other line ends is the same file', () => {
    const folder = new Folder({ '1_a.sql': `\ufeff${A.replaceAll('\n', '\r\n')}` });
    folder.provision();
    folder.write('1_a.sql', A);
    expect(folder.provision().applied).toEqual([]);
  });

  test('the way down of a file that holds both ways is not taken', () => {
    const folder = new Folder({ '1_a.sql': `-- migrate:up\n${A}\n-- migrate:down\nDROP TABLE a;\n` });
    folder.provision();
    expect(folder.tables()).toContain('a');
  });
});

describe('a migration that fails', () => {
  test('by a file that it attaches says so, and blames no other', () => {
    const folder = new Folder({ '1_a.sql': "CREATE TABLE a (id);\nATTACH '/nope/x.db' AS other;" });
    expect(folder.refusal()).toMatchObject({
      code: 'MSVC_MIGRATION_FAILED',
      place: { line: 2 },
      facts: { sqlite: expect.stringContaining('/nope/x.db') },
    });
  });

  test('is rolled back whole, says file, line, column, statement and why, and is applied once it is mended', () => {
    const folder = new Folder({ '1_a.sql': A });
    const file = folder.write(
      '2_b.sql',
      `${B}-- a comment; with a semicolon\n  INSERT INTO b (id, nme)\n  VALUES (1, 2);\n`,
    );
    const error = folder.refusal();
    expect(error).toMatchObject({
      code: 'MSVC_MIGRATION_FAILED',
      place: { file, line: 3, column: 22, length: 3 },
      facts: { service: 'shop', file, sqlite: 'table b has no column named nme', transaction: true },
    });
    expect(error.facts.statement).toBe('INSERT INTO b (id, nme)\n  VALUES (1, 2);');
    expect(folder.tables()).toEqual(['a', 'msvc_migrations']);
    folder.write('2_b.sql', B);
    expect(folder.provision().applied).toEqual(['2_b.sql']);
  });

  test('a constraint is pointed at by the statement that broke it; foreign keys are enforced', () => {
    const folder = new Folder({ '1_a.sql': A + B });
    const file = folder.write('2_rows.sql', 'INSERT INTO a VALUES (1);\nINSERT INTO b VALUES (1, 2);');
    expect(folder.refusal()).toMatchObject({
      place: { file, line: 2, column: 1 },
      facts: { sqlite: 'FOREIGN KEY constraint failed' },
    });
    expect(folder.rows('SELECT count(*) FROM a')).toEqual([[0]]);
  });

  test('a statement that never ends is an error, not half a migration', () => {
    const folder = new Folder();
    const file = folder.write('1_a.sql', `${A}CREATE TABLE b (id`);
    expect(folder.refusal()).toMatchObject({
      place: { file, line: 2, column: 1 },
      facts: { sqlite: 'incomplete input' },
    });
  });

  test('BEGIN and COMMIT of its own are refused, since they would break the promise', () => {
    const folder = new Folder({ '1_a.sql': `BEGIN;\n${A}COMMIT;` });
    const error = folder.refusal();
    expect(error).toMatchObject({ code: 'MSVC_MIGRATION_FAILED', place: { line: 1, column: 1 } });
    expect(error.hint).toContain('no-transaction');
  });

  test('what is no UTF-8 text is named', () => {
    const folder = new Folder();
    const file = folder.write('1_a.sql', Buffer.from([0x2d, 0x2d, 0xff, 0xfe]));
    expect(folder.refusal()).toMatchObject({ code: 'MSVC_MIGRATION_FAILED', facts: { file, reason: 'not-utf-8' } });
  });
});

describe('without a transaction', () => {
  test('a file may do what no transaction allows', () => {
    const folder = new Folder({ '1_a.sql': A, '2_vacuum.sql': '-- msvc: no-transaction\nVACUUM;\n' });
    expect(folder.provision().applied).toEqual(['1_a.sql', '2_vacuum.sql']);
  });

  test('what ran before a failure stays, and the error says that there was no transaction', () => {
    const folder = new Folder({ '1_a.sql': `-- msvc: no-transaction\r\n${A}SELEC 1;` });
    expect(folder.refusal().facts).toMatchObject({ transaction: false, sqlite: 'near "SELEC": syntax error' });
    expect(folder.tables()).toContain('a');
    expect(folder.rows('SELECT count(*) FROM msvc_migrations')).toEqual([[0]]);
  });
});

describe('rebuilding a table that others refer to', () => {
  const rows = 'INSERT INTO a VALUES (1); INSERT INTO b VALUES (1, 1);';
  const rebuild = (keep: string): string => `
    PRAGMA foreign_keys = OFF;
    CREATE TABLE a_new (id INTEGER PRIMARY KEY, name TEXT);
    INSERT INTO a_new (id) SELECT id FROM a WHERE ${keep};
    DROP TABLE a; ALTER TABLE a_new RENAME TO a;
    PRAGMA foreign_keys = ON;`;

  test('keeps the rows of the others when the file turns foreign keys off', () => {
    const cascade = B.replace('REFERENCES a (id)', 'REFERENCES a (id) ON DELETE CASCADE');
    const folder = new Folder({ '1_a.sql': A + cascade + rows, '2_rebuild.sql': rebuild('true') });
    expect(folder.provision().applied).toHaveLength(2);
    expect(folder.rows('SELECT * FROM b')).toEqual([[1, 1]]);
  });

  test('is rolled back when it leaves rows that refer to nothing', () => {
    const folder = new Folder({ '1_a.sql': A + B + rows });
    const file = folder.write('2_rebuild.sql', rebuild('false'));
    expect(folder.refusal()).toMatchObject({ place: { file }, facts: { table: 'b', parent: 'a', rows: 1 } });
    expect(folder.rows('SELECT id FROM a')).toEqual([[1]]);
  });
});

describe('what was applied is held against the files', () => {
  const applied = (): Folder => {
    const folder = new Folder({ '1_a.sql': A, '3_b.sql': B });
    folder.provision();
    return folder;
  };

  test('changed', () => {
    const folder = applied();
    const file = folder.write('1_a.sql', `${A} `);
    const error = folder.refusal();
    expect(error).toMatchObject({ code: 'MSVC_MIGRATION_CHANGED', place: { file }, facts: { file, change: 'edited' } });
    expect(Date.parse(String(error.facts.appliedAt))).not.toBeNaN();
  });

  test('missing', () => {
    const folder = applied();
    folder.remove('3_b.sql');
    const place = { file: '/p/msvc.yaml', line: 3, column: 5 };
    expect(folder.refusal({ place })).toMatchObject({
      code: 'MSVC_MIGRATION_CHANGED',
      place,
      facts: { file: path.join(folder.migrations, '3_b.sql'), change: 'missing' },
    });
  });

  test('renamed', () => {
    const folder = applied();
    folder.remove('3_b.sql');
    const renamedTo = folder.write('4_b.sql', B);
    expect(folder.refusal()).toMatchObject({ place: { file: renamedTo }, facts: { change: 'renamed', renamedTo } });
  });

  test('a new one before an applied one', () => {
    const folder = applied();
    const file = folder.write('2_c.sql', 'CREATE TABLE c (id);');
    expect(folder.refusal()).toMatchObject({
      code: 'MSVC_MIGRATION_ORDER',
      place: { file },
      facts: { reason: 'out-of-order', after: path.join(folder.migrations, '3_b.sql') },
    });
    expect(folder.tables()).not.toContain('c');
  });

  test('two of one number, however it is written', () => {
    const folder = new Folder({ '1_a.sql': A });
    const second = folder.write('001_b.sql', B);
    const error = folder.refusal();
    expect(error).toMatchObject({ code: 'MSVC_MIGRATION_ORDER', facts: { reason: 'duplicate-number' } });
    expect([error.facts.file, error.facts.other]).toContain(second);
  });

  test('one without a number', () => {
    const folder = new Folder({ 'create.sql': A });
    expect(folder.refusal()).toMatchObject({ code: 'MSVC_MIGRATION_ORDER', facts: { reason: 'no-number' } });
  });
});

describe('the seed', () => {
  const SEED = 'INSERT INTO a VALUES (7);';

  test('runs once, after the first migrations', () => {
    const folder = new Folder({ '1_a.sql': A });
    const spec = folder.spec(SEED);
    const first = folder.provision({ spec });
    expect(first.seeded).toBe(true);
    expect(first.told.map(({ kind }) => kind)).toEqual(['migration', 'seed']);
    folder.write('2_b.sql', B);
    expect(folder.provision({ spec })).toMatchObject({ applied: ['2_b.sql'], seeded: false });
    expect(folder.rows('SELECT id FROM a')).toEqual([[7]]);
  });

  test('that failed leaves nothing of itself and is tried again', () => {
    const folder = new Folder({ '1_a.sql': A });
    expect(folder.refusal({ spec: folder.spec(`${SEED}\nINSERT INTO nowhere VALUES (1);`) })).toMatchObject({
      code: 'MSVC_SEED_FAILED',
      place: { file: folder.seed, line: 2, column: 13 },
    });
    expect(folder.rows('SELECT id FROM a')).toEqual([]);
    expect(folder.provision({ spec: folder.spec(SEED) })).toMatchObject({ applied: [], seeded: true });
  });

  test("is not for a database that is not new: written later, or over a service's own tables", () => {
    const later = new Folder({ '1_a.sql': A });
    later.provision();
    expect(later.provision({ spec: later.spec(SEED) }).seeded).toBe(false);

    const own = new Folder({ '1_a.sql': 'CREATE TABLE IF NOT EXISTS a (id);' });
    own.provision({ spec: { path: own.database } });
    const db = openSqlite(own.database);
    db.exec('CREATE TABLE a (id)');
    db.close();
    expect(own.provision({ spec: own.spec(SEED) })).toMatchObject({ applied: ['1_a.sql'], seeded: false });
  });
});

describe('a file or folder in the way', () => {
  test('no database: coded, and the file is left as it was', () => {
    const folder = new Folder({ '1_a.sql': A });
    mkdirSync(path.dirname(folder.database), { recursive: true });
    writeFileSync(folder.database, 'this is a text file, and not a short one at that: '.repeat(20));
    expect(folder.refusal()).toMatchObject({ code: 'MSVC_DATABASE_INVALID', facts: { file: folder.database } });
    expect(statSync(folder.database).size).toBe(1000);
  });

  test('a folder of the name', () => {
    const folder = new Folder({ '1_a.sql': A });
    mkdirSync(folder.database, { recursive: true });
    expect(folder.refusal().code).toBe('MSVC_STATE_UNWRITABLE');
  });

  test('a folder that cannot be made', () => {
    const folder = new Folder({ '1_a.sql': A });
    const file = path.join(folder.dir, 'a-file');
    writeFileSync(file, '');
    const refusal = folder.refusal({ spec: { path: path.join(file, 'a.db') } });
    expect(refusal).toMatchObject({ code: 'MSVC_STATE_UNWRITABLE' });
  });

  test('a lock that somebody holds for too long', () => {
    const folder = new Folder({ '1_a.sql': A });
    folder.provision({ spec: { path: folder.database } });
    const holder = openSqlite(folder.database);
    holder.exec('BEGIN IMMEDIATE');
    try {
      expect(folder.refusal({ busyTimeoutMs: 1 }).code).toBe('MSVC_DATABASE_BUSY');
    } finally {
      holder.close();
    }
    expect(folder.provision().applied).toEqual(['1_a.sql']);
  });

  test('no folder of migrations, no seed file', () => {
    const folder = new Folder();
    const place = { file: '/p/msvc.yaml', line: 3, column: 5 };
    const missing = { path: folder.database, migrations: `${folder.dir}/nowhere` };
    expect(folder.refusal({ spec: missing, place })).toMatchObject({ code: 'MSVC_MIGRATION_FAILED', place });
    const seedless = { path: folder.database, seed: `${folder.dir}/nowhere.sql` };
    expect(folder.refusal({ spec: seedless, place })).toMatchObject({ code: 'MSVC_SEED_FAILED', place });
  });
});
