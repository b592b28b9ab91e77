/** The line of a file that an error points at, with carets below. Reads the file anew; says nothing when it cannot. */
import path from 'node:path';
import { readSource } from '../config/standard-input.ts';
import type { Place } from '../model/place.ts';
import type { Colour, Style } from './style.ts';
import { textWidth } from './text-width.ts';

const MAX_COLUMNS = 160;

/** Relative to where the command was called when that is shorter: `msvc.yaml:12:5`. */
export function placeText(place: Place, cwd: string): string {
  return `${shortPath(place.file, cwd)}:${place.line}:${place.column}`;
}

export function shortPath(file: string, cwd: string): string {
  const relative = path.relative(cwd, file);
  return relative !== '' && relative.length < file.length ? relative : file;
}

/** @returns the lines below `-->`, without it */
export function excerptLines(place: Place, style: Style, colour: Colour, note = ''): string[] {
  const source = sourceLine(place);
  if (source === undefined) return [];
  const gutter = ' '.repeat(String(place.line).length);
  const bar = style.paint('blue', '|');
  const from = place.column - 1;
  const shown = source.length > MAX_COLUMNS ? window(source, from) : { text: source, from };
  const length = Math.max(1, Math.min(place.length ?? 1, shown.text.length - shown.from));
  // Tabs are kept, so that the carets stand below what they mean however wide tabs are.
  const indent = shown.text.slice(0, shown.from).replace(/[^\t]+/g, (run) => ' '.repeat(textWidth(run)));
  const carets = '^'.repeat(Math.max(1, textWidth(shown.text.slice(shown.from, shown.from + length))));
  return [
    `${gutter} ${bar}`,
    `${style.paint('blue', String(place.line))} ${bar} ${shown.text}`,
    `${gutter} ${bar} ${indent}${style.paint(colour, note === '' ? carets : `${carets} ${note}`)}`,
  ];
}

function window(source: string, column: number): { text: string; from: number } {
  const start = Math.max(0, column - 60);
  const [before, after] = [start > 0 ? '…' : '', start + MAX_COLUMNS < source.length ? '…' : ''];
  const text = `${before}${source.slice(start, start + MAX_COLUMNS)}${after}`;
  return { text, from: column - start + before.length };
}

function sourceLine(place: Place): string | undefined {
  try {
    return readSource(place.file).split(/\r\n|\n|\r/)[place.line - 1];
  } catch {
    return undefined;
  }
}
