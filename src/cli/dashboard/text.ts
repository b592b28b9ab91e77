/**
 * Text with colours laid out by columns: cut, filled, wrapped. Escape sequences take no room and survive; a cut never
 * splits a wide character. Pure.
 */
import { isSimple, padText, textWidth } from '../text-width.ts';

const SGR = /\x1b\[[0-9;:]*m/g;
const RESET = '\x1b[0m';
const PARTS = /(\x1b\[[0-9;:]*m)/;

let segmenter: Intl.Segmenter | undefined;

function graphemes(text: string): Iterable<string> {
  if (isSimple(text)) return text;
  segmenter ??= new Intl.Segmenter();
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

/** At most `columns` wide, ending in `…` where something was cut off. */
export function cutStyled(text: string, columns: number): string {
  if (text.length <= columns && isSimple(text)) return text;
  if (columns <= 0) return '';
  if (isSimple(text)) return columns === 1 ? '…' : `${text.slice(0, columns - 1)}…`;
  if (textWidth(text) <= columns) return text;
  let out = '';
  let width = 0;
  let isStyled = false;
  for (const part of text.split(PARTS)) {
    if (part.startsWith('\x1b')) {
      out += part;
      isStyled = true;
      continue;
    }
    if (isSimple(part) && width + part.length <= columns - 1) {
      out += part;
      width += part.length;
      continue;
    }
    for (const grapheme of graphemes(part)) {
      const next = textWidth(grapheme);
      if (width + next > columns - 1) return `${out}…${isStyled ? RESET : ''}`;
      out += grapheme;
      width += next;
    }
  }
  return out;
}

/** Exactly `columns` wide: cut or filled with blanks. */
export function fitStyled(text: string, columns: number, align: 'left' | 'right' = 'left'): string {
  return padText(cutStyled(text, columns), columns, align);
}

/** Rows of at most `columns`, broken anywhere; colours go on in the next row. At least one row. */
export function wrapStyled(text: string, columns: number): string[] {
  if (text.length <= columns && isSimple(text)) return [text];
  if (isSimple(text)) {
    const rows: string[] = [];
    for (let at = 0; at < text.length; at += columns) rows.push(text.slice(at, at + columns));
    return rows;
  }
  const rows: string[] = [];
  let row = '';
  let width = 0;
  let open = '';
  for (const part of text.split(PARTS)) {
    if (part.startsWith('\x1b')) {
      row += part;
      open = part === RESET || part === '\x1b[m' ? '' : open + part;
      continue;
    }
    for (const grapheme of graphemes(part)) {
      const next = textWidth(grapheme);
      if (width + next > columns && width > 0) {
        rows.push(open === '' ? row : row + RESET);
        row = open;
        width = 0;
      }
      row += grapheme;
      width += next;
    }
  }
  rows.push(row);
  return rows;
}

export function withoutStyle(text: string): string {
  return text.replace(SGR, '');
}

/** Cells side by side, each exactly as wide as asked. */
export function cells(parts: readonly (readonly [text: string, width: number, align?: 'left' | 'right'])[]): string {
  return parts.map(([text, width, align]) => fitStyled(text, width, align)).join('');
}
