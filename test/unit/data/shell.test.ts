import { PassThrough, Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { runShell, type ShellOptions } from '../../../src/data/index.ts';
import { Folder } from './folder.ts';

let folder: Folder;

beforeEach(() => {
  folder = new Folder({
    '1_a.sql': "CREATE TABLE a (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO a VALUES (1, 'x'), (20, '日本');",
    '2_b.sql': 'CREATE INDEX a_name ON a (name); CREATE VIEW v AS SELECT 1;',
  });
  folder.provision();
});

const measure = {
  width: (text: string) => [...text].reduce((sum, character) => sum + (character >= '\u2e80' ? 2 : 1), 0),
  cut: (text: string, columns: number) => (text.length <= columns ? text : `${text.slice(0, columns - 1)}…`),
};

class Session {
  readonly input = new PassThrough();
  readonly output = new PassThrough();
  readonly errors = new PassThrough();
  readonly code: Promise<number>;
  #out = '';
  #err = '';

  constructor(more: Partial<ShellOptions> & { terminal?: boolean } = {}) {
    const { terminal = false, ...options } = more;
    if (terminal) Object.assign(this.input, { isTTY: true, setRawMode: () => {} });
    this.output.on('data', (chunk) => {
      this.#out += chunk;
    });
    this.errors.on('data', (chunk) => {
      this.#err += chunk;
    });
    const { input, output, errors } = this;
    const whole = { file: folder.database, service: 'shop', write: false, input, output, errors, measure, ...options };
    this.code = runShell(whole);
  }

  get out(): string {
    return stripVTControlCharacters(this.#out);
  }

  get err(): string {
    return this.#err;
  }

  async said(text: string): Promise<void> {
    await vi.waitUntil(() => this.out.includes(text) || this.err.includes(text), { timeout: 20_000, interval: 2 });
  }
}

async function script(text: string, more: Partial<ShellOptions> = {}) {
  const session = new Session(more);
  session.input.end(text);
  const code = await session.code;
  return { code, out: session.out, err: session.err };
}

describe('a script', () => {
  test('prints tables aligned by width on a terminal', async () => {
    expect(await script("SELECT id, name, 'é' AS e FROM a\n  ORDER BY id;\nSELECT 1 AS n WHERE 0;")).toEqual({
      code: 0,
      out: ['id  name  e', '──  ────  ─', ' 1  x     é', '20  日本  é', '(2 rows)', 'n', '─', '(0 rows)', ''].join(
        '\n',
      ),
      err: '',
    });
  });

  test('prints JSON that holds what SQLite held', async () => {
    const { out } = await script("SELECT 1 AS id, x'00ff' AS b, 9007199254740993 AS id; SELECT 1 WHERE 0", {
      mode: 'json',
    });
    const [first, second] = out.split(']\n');
    expect(JSON.parse(`${first}]`)).toEqual([{ id: 1, b: { blob: '00ff', bytes: 2 }, id_2: '9007199254740993' }]);
    expect(second).toBe('[');
  });

  test('prints CSV', async () => {
    const { out } = await script(".mode csv\nSELECT 'a,b' AS \"x\"\"y\", NULL AS n, '' AS e, 'l\nm' AS l, x'0a' AS b;");
    expect(out).toBe('"x""y",n,e,l,b\r\n"a,b",,"","l\nm",0a\r\n');
  });

  test('stops at the first failure, naming its line, and says so by its code', async () => {
    const { code, out, err } = await script('SELECT 1 AS one;\n\nSELECT\n  2;\n\n/* c */ SELEC 3;\nSELECT 4 AS four;');
    expect([code, err]).toEqual([1, 'error: line 6: near "SELEC": syntax error\n']);
    expect(out).toContain('one');
    expect(out).not.toContain('four');
  });

  test('the last statement needs no semicolon, but its quotes closed', async () => {
    expect((await script('SELECT 1 AS one -- end')).out).toContain('one');
    expect(await script("SELECT 'one")).toMatchObject({ code: 1, err: expect.stringContaining('open') });
    expect(await script('-- nothing\n')).toEqual({ code: 0, out: '', err: '' });
  });

  test('cannot write', async () => {
    const { code, err } = await script('DELETE FROM a;');
    expect(code).toBe(1);
    expect(err).toContain('--write');
    expect(folder.rows('SELECT * FROM a')).toHaveLength(2);
  });

  test('writes when asked to; a transaction left open is rolled back', async () => {
    expect((await script('DELETE FROM a WHERE id = 1;', { write: true })).code).toBe(0);
    expect(folder.rows('SELECT id FROM a')).toEqual([[20]]);
    const { out } = await script('BEGIN;\nDELETE FROM a;', { write: true });
    expect(out).toContain('rolled back');
    expect(folder.rows('SELECT id FROM a')).toEqual([[20]]);
  });

  test('a reader that goes away ends it quietly', async () => {
    const gone = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });
    const session = new Session({ output: new Writable({ write: (_chunk, _encoding, done) => done(gone) }) });
    session.input.end('SELECT 1;\nSELEC 2;');
    expect(await session.code).toBe(0);
  });

  test('a long answer waits for a slow reader', async () => {
    const rows = 'WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 5000) SELECT i FROM n;';
    const { out } = await script(rows, { mode: 'csv' });
    expect(out.split('\r\n')).toHaveLength(5002);
    expect((await script(rows)).out).toContain('(5000 rows)');
  });
});

describe('dot commands', () => {
  test("show what is there, without msvc's own table", async () => {
    expect((await script('.tables')).out).toBe('a\nv\n');
    const { out } = await script('.schema');
    expect(out.split('\n')[0]).toBe('CREATE TABLE a (id INTEGER PRIMARY KEY, name TEXT);');
    expect(out).toContain('CREATE INDEX');
    expect(out).not.toContain('msvc_migrations');
    expect((await script('.schema V')).out).toBe('CREATE VIEW v AS SELECT 1;\n');
  });

  test('set and tell the mode, help, quit', async () => {
    expect((await script('.mode\n.mode json\nSELECT 1 AS n;\n.quit\nSELECT 2;')).out).toBe('table\n[{"n":1}]\n');
    expect((await script('.help')).out).toContain('.schema');
  });

  test.each(['.nope', '.mode xml', '.schema nope', '.constructor'])('%s is an error', async (line) => {
    expect(await script(line)).toMatchObject({ code: 1, err: expect.stringMatching(/^error: no /) });
  });
});

describe('at a terminal', () => {
  test('it greets, prompts, takes statements over several lines, goes on after an error and leaves at Ctrl-D', async () => {
    const session = new Session({ terminal: true });
    await session.said('shop> ');
    session.input.write('SELECT\r');
    await session.said('  ...> ');
    session.input.write('count(*) AS total FROM a;\r');
    await session.said('(1 row)');
    session.input.write('SELEC;\r');
    await session.said('error: near "SELEC": syntax error');
    session.input.write('SELECT 7 AS seven;\r');
    await session.said('seven\n');
    session.input.write('\x04');
    expect(await session.code).toBe(0);
    expect(session.out).toContain('shop: read-only');
  });

  test('Ctrl-C drops what is typed, and with nothing typed leaves', async () => {
    const session = new Session({ terminal: true, write: true });
    await session.said('shop> ');
    session.input.write("DELETE FROM a WHERE name = '\r");
    await session.said('  ...> ');
    session.input.write('half a line\x03');
    session.input.write('SELECT 7 AS seven;\r');
    await session.said('(1 row)');
    session.input.write('\x03');
    expect(await session.code).toBe(0);
    expect(session.err).toBe('');
    expect(folder.rows('SELECT * FROM a')).toHaveLength(2);
  });

  test('Tab completes tables and dot commands', async () => {
    const session = new Session({ terminal: true });
    await session.said('shop> ');
    session.input.write('.tab\t');
    await session.said('.tables');
    session.input.write('\r');
    await session.said('a\nv\n');
    session.input.end();
    await session.code;
  });
});
