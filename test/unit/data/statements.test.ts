import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { placeOf } from '../../../src/data/sql/locate.ts';
import { split } from '../../../src/data/sql/statements.ts';
import { openSqlite } from '../../../src/data/sqlite.ts';

const texts = (sql: string): string[] => split(sql).statements.map(({ text }) => text);

describe('splitting', () => {
  test('semicolons in strings, names and comments separate nothing', () => {
    const first = `INSERT INTO t VALUES ('a;b''c;', "x;y", \`p;q\`, [r;s]) /* ; */ -- ;\n;`;
    expect(texts(`-- one; two\n${first} SELECT 1`)).toEqual([first, 'SELECT 1']);
  });

  test('a trigger ends at its own END, whatever stands in its body', () => {
    const trigger = `create temp trigger if not exists t after update on x begin
      select case when 1 then ';' else 2 end; -- END;
      insert into y values ('END;'); update "end" set a = 1;
    end;`;
    expect(texts(`${trigger}select 2;`)).toEqual([trigger, 'select 2;']);
  });

  test('BEGIN and END of a transaction are statements, and a table may be called trigger', () => {
    expect(texts('BEGIN; CREATE TABLE "trigger"(a); END;')).toEqual(['BEGIN;', 'CREATE TABLE "trigger"(a);', 'END;']);
    expect(texts('CREATE TABLE x(a); EXPLAIN QUERY PLAN SELECT 1; ;;')).toHaveLength(2);
  });

  test('positions count lines and UTF-16 columns, with CRLF too', () => {
    const { statements } = split("-- é\r\nSELECT '😀';  SELECT 2;\r\n\r\n  SELECT 3");
    expect(statements.map(({ line, column, terminated }) => [line, column, terminated])).toEqual([
      [2, 1, true],
      [2, 15, true],
      [4, 3, false],
    ]);
  });

  test.each(["SELECT 'a", 'SELECT "a', 'SELECT [a', 'SELECT 1 /* a', '/* a'])('open: %s', (sql) => {
    expect(split(sql).open).toBe(true);
  });

  test('any text can be split, nothing is lost but space and comments, and splitting again changes nothing', () => {
    const piece = fc.constantFrom(
      ...[
        "'",
        '"',
        '`',
        '[',
        ']',
        ';',
        '--',
        '/*',
        '*/',
        '\n',
        '\r\n',
        ' ',
        'CREATE',
        'TRIGGER',
        'BEGIN',
        'END',
        'CASE',
        'é',
        '😀',
        'x',
        '1',
        '(',
      ],
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const sql = pieces.join('');
        const { statements } = split(sql);
        let end = 0;
        for (const statement of statements) {
          expect(statement.start).toBeGreaterThanOrEqual(end);
          expect(sql.startsWith(statement.text, statement.start)).toBe(true);
          end = statement.start + statement.text.length;
          if (statement.terminated) expect(texts(statement.text)).toEqual([statement.text]);
        }
      }),
    );
  });

  test('SQLite takes each piece of a generated script for exactly one statement', () => {
    const db = openSqlite(':memory:');
    db.exec('CREATE TABLE t(a, b)');
    const noise = fc.constantFrom('', ' ', '\n', '\r\n', '/* ; */', '-- ; END;\n', '/* BEGIN\n*/ ');
    const literal = fc.oneof(
      fc.string().map((text) => `'${text.replaceAll('\0', '').replaceAll("'", "''")}'`),
      fc.constantFrom("x'3b'", "';'", "CASE WHEN 1 THEN ';' ELSE 2 END", '1.5e3'),
    );
    const simple = fc.oneof(
      literal.map((text) => `SELECT ${text} AS "a;b"`),
      literal.map((text) => `INSERT INTO t VALUES (${text}, NULL)`),
      literal.map((text) => `CREATE VIEW IF NOT EXISTS [v;w] AS SELECT ${text}`),
    );
    const inTrigger = literal.map((text) => `UPDATE t SET a = ${text};`);
    const trigger = fc
      .array(inTrigger, { minLength: 1, maxLength: 3 })
      .map((body) => `CREATE TRIGGER IF NOT EXISTS g AFTER INSERT ON t BEGIN ${body.join('\n')} END`);
    fc.assert(
      fc.property(fc.array(fc.tuple(noise, fc.oneof(simple, trigger)), { minLength: 1, maxLength: 6 }), (parts) => {
        const sql = parts.map(([before, text]) => `${before}${text};`).join('');
        expect(texts(sql)).toEqual(parts.map(([, text]) => `${text};`));
        for (const text of texts(sql)) db.prepare(text);
      }),
    );
    db.close();
  });
});

describe('pointing at what SQLite means', () => {
  const at = (sql: string, message: string) => {
    const [statement] = split(sql).statements;
    return placeOf('/x.sql', sql, statement!, message);
  };

  test('the named word, when it is there once', () => {
    expect(at('\nSELECT\n  nme FROM t', 'no such column: nme')).toEqual({
      file: '/x.sql',
      line: 3,
      column: 3,
      length: 3,
    });
    expect(at('CREATE TABEL t(a)', 'near "TABEL": syntax error')).toMatchObject({ line: 1, column: 8, length: 5 });
    expect(at('SELECT * FROM "Shop"', 'no such table: main.shop')).toMatchObject({ column: 15, length: 6 });
  });

  test('otherwise the beginning of the statement', () => {
    expect(at('  SELECT a, a FROM t', 'no such column: a')).toEqual({ file: '/x.sql', line: 1, column: 3 });
    expect(at('SELECT 1', 'UNIQUE constraint failed: t.a')).toEqual({ file: '/x.sql', line: 1, column: 1 });
  });
});
