/**
 * The ways rows are printed: an aligned table, JSON, CSV. Each turns rows into pieces of text as they come, so that a
 * large answer is never held whole. How wide a text is on a terminal is the caller's knowledge.
 */
import { type Cell, cellJson, cellText, hex } from '../cells.ts';

export const MODES = ['table', 'json', 'csv'] as const;
export type Mode = (typeof MODES)[number];

export interface TextMeasure {
  /** Columns that the text takes on a terminal. */
  readonly width: (text: string) => number;
  /** The text, at most so many columns wide. */
  readonly cut: (text: string, columns: number) => string;
}

export interface TableStyle extends TextMeasure {
  /** Longer cells are cut; Infinity = never. */
  readonly cellColumns: number;
}

type Rows = Iterable<readonly Cell[]>;

/** So many rows decide on the widths together. */
const BLOCK_ROWS = 500;

export function isMode(text: string): text is Mode {
  return (MODES as readonly string[]).includes(text);
}

/** @returns pieces of text; together they end in a line break. Zero rows: JSON `[]`, CSV and table the header alone. */
export function printRows(mode: Mode, columns: readonly string[], rows: Rows, style: TableStyle): Iterable<string> {
  switch (mode) {
    case 'table':
      return printTable(columns, rows, style);
    case 'json':
      return printJson(columns, rows);
    case 'csv':
      return printCsv(columns, rows);
  }
}

function* printTable(columns: readonly string[], rows: Rows, style: TableStyle): Generator<string> {
  let widths = columns.map((name) => style.width(name));
  let count = 0;
  for (const block of blocks(rows)) {
    const texts = block.map((row) => row.map((cell) => style.cut(cellText(cell), style.cellColumns)));
    widths = widths.map((width, index) => Math.max(width, ...texts.map((row) => style.width(row[index] ?? ''))));
    if (count === 0) yield head(columns, widths, style);
    const line = (row: string[], index: number): string =>
      joined(row.map((text, column) => pad(text, widths[column] ?? 0, isNumber(block[index]?.[column]), style)));
    yield texts.map(line).join('');
    count += block.length;
  }
  if (count === 0) yield head(columns, widths, style);
  yield `(${count} ${count === 1 ? 'row' : 'rows'})\n`;
}

function head(columns: readonly string[], widths: readonly number[], style: TextMeasure): string {
  const names = columns.map((name, index) => pad(name, widths[index] ?? 0, false, style));
  return joined(names) + joined(widths.map((width) => '─'.repeat(width)));
}

function joined(cells: readonly string[]): string {
  return `${cells.join('  ').trimEnd()}\n`;
}

function pad(text: string, width: number, right: boolean, style: TextMeasure): string {
  const space = ' '.repeat(Math.max(0, width - style.width(text)));
  return right ? space + text : text + space;
}

function isNumber(cell: Cell | undefined): boolean {
  return typeof cell === 'number' || typeof cell === 'bigint';
}

function* blocks(rows: Rows): Generator<(readonly Cell[])[]> {
  let block: (readonly Cell[])[] = [];
  for (const row of rows) {
    block.push(row);
    if (block.length < BLOCK_ROWS) continue;
    yield block;
    block = [];
  }
  if (block.length > 0) yield block;
}

function* printJson(columns: readonly string[], rows: Rows): Generator<string> {
  const names = distinct(columns);
  let before = '[';
  for (const row of rows) {
    const object = Object.fromEntries(names.map((name, index) => [name, cellJson(row[index] ?? null)]));
    yield `${before}${JSON.stringify(object)}`;
    before = ',\n ';
  }
  yield before === '[' ? '[]\n' : ']\n';
}

/** A join may give two columns one name; an object cannot. The second `id` becomes `id_2`. */
function distinct(columns: readonly string[]): string[] {
  const taken = new Set<string>();
  return columns.map((name) => {
    let free = name;
    for (let number = 2; taken.has(free); number++) free = `${name}_${number}`;
    taken.add(free);
    return free;
  });
}

/** RFC 4180. NULL is empty, the empty text is "", a BLOB is hex. */
function* printCsv(columns: readonly string[], rows: Rows): Generator<string> {
  yield `${columns.map(csvText).join(',')}\r\n`;
  for (const row of rows) yield `${row.map(csvCell).join(',')}\r\n`;
}

function csvCell(cell: Cell): string {
  if (cell === null) return '';
  if (cell instanceof Uint8Array) return hex(cell);
  return typeof cell === 'string' ? csvText(cell) : String(cell);
}

function csvText(text: string): string {
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
