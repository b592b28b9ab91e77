/** Tables and text on a terminal: aligned whatever the script, never wider than the screen. */
import { describe, expect, test } from 'vitest';
import { Style } from '../../../src/cli/style.ts';
import { tableLines } from '../../../src/cli/table.ts';
import { cutText, padText, textWidth } from '../../../src/cli/text-width.ts';

describe('width', () => {
  test.each([
    ['abc', 3],
    ['\u001b[31mabc\u001b[39m', 3],
    ['日本', 4],
    ['e\u0301', 1],
    ['👩‍👩‍👧', 2],
    ['…', 1],
    ['', 0],
  ])('%j takes %d columns', (text, columns) => {
    expect(textWidth(text)).toBe(columns);
  });

  test('cutting counts columns, not characters, and never splits one', () => {
    expect(cutText('abcdef', 6)).toBe('abcdef');
    expect(cutText('abcdef', 4)).toBe('abc…');
    expect(cutText('日本語', 4)).toBe('日…');
    expect(cutText('abc', 1)).toBe('…');
    expect(cutText('abc', 0)).toBe('');
  });

  test('padding', () => {
    expect(padText('日', 4)).toBe('日  ');
    expect(padText('7', 3, 'right')).toBe('  7');
    expect(padText('abcd', 2)).toBe('abcd');
  });
});

const ROWS = [
  { name: 'catalog.1', port: 20_001, note: 'connect ECONNREFUSED 127.0.0.1:20001, which takes a while to say' },
  { name: 'web.1', port: 80, note: '' },
];
const COLUMNS = [
  { header: 'NAME', value: (row: (typeof ROWS)[number]) => row.name },
  { header: 'PORT', value: (row: (typeof ROWS)[number]) => String(row.port), align: 'right' as const },
  { header: 'NOTE', value: (row: (typeof ROWS)[number]) => row.note, minColumns: 8 },
];

test('columns stand below one another, without trailing blanks', () => {
  const lines = tableLines(ROWS, COLUMNS, { style: new Style(false), width: 200 });
  expect(lines).toEqual([
    'NAME        PORT  NOTE',
    'catalog.1  20001  connect ECONNREFUSED 127.0.0.1:20001, which takes a while to say',
    'web.1         80',
  ]);
});

test('a narrow terminal cuts what may be cut', () => {
  const lines = tableLines(ROWS, COLUMNS, { style: new Style(false), width: 40 });
  expect(lines[1]).toBe('catalog.1  20001  connect ECONNREFUSED …');
  expect(Math.max(...lines.map(textWidth))).toBe(40);
});

test('and no less than its least', () => {
  const lines = tableLines(ROWS, COLUMNS, { style: new Style(false), width: 5 });
  expect(lines[1]).toBe('catalog.1  20001  connect…');
});

test('colour adds no width', () => {
  const coloured = COLUMNS.map((column) => ({ ...column, colour: () => 'red' as const }));
  const plain = tableLines(ROWS, COLUMNS, { style: new Style(false), width: 60 });
  const painted = tableLines(ROWS, coloured, { style: new Style(true), width: 60 });
  expect(painted[1]).toContain('\u001b[31m');
  expect(painted.map(textWidth)[1]).toBe(textWidth(plain[1] as string));
});
