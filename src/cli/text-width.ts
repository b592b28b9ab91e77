/** How many columns a text takes on a terminal, and cutting it to fit. Pure. */
import { stripVTControlCharacters } from 'node:util';

const ASCII = /^[\x20-\x7e]*$/;
/**
 * One column and one UTF-16 unit each: Latin, Greek, Cyrillic, common punctuation, arrows, box drawing, blocks and
 * geometric shapes. Most lines have nothing else, and segmenting a text costs a hundred times as much as this look.
 */
const SIMPLE =
  /^[\x20-\x7e\u00a1-\u00ac\u00ae-\u02ff\u0370-\u0377\u0384-\u0482\u048a-\u052f\u2010-\u2027\u2030-\u203b\u2190-\u2193\u21b3\u23ce\u2500-\u25fc\u2713\u2717]*$/;

/** What a text needs that is not simple. Most commands never meet one, and properties of Unicode are slow to compile. */
function unicode() {
  return {
    segmenter: new Intl.Segmenter(),
    invisible: /^[\p{Mark}\p{Cf}\p{Cc}]/u,
    /** Ranges that terminals draw two columns wide (East Asian Wide and Fullwidth, and emoji). */
    wide: /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}|\p{Extended_Pictographic}\ufe0f/u,
  };
}

let means: ReturnType<typeof unicode> | undefined;

function* graphemes(text: string): Generator<string> {
  means ??= unicode();
  for (const { segment } of means.segmenter.segment(text)) yield segment;
}

function graphemeWidth(grapheme: string): number {
  means ??= unicode();
  if (means.invisible.test(grapheme)) return 0;
  return means.wide.test(grapheme) ? 2 : 1;
}

/** As many columns as UTF-16 units: it can be cut anywhere. Without escape sequences. */
export function isSimple(text: string): boolean {
  return SIMPLE.test(text);
}

/** Colours do not count. */
export function textWidth(text: string): number {
  if (ASCII.test(text)) return text.length;
  const plain = stripVTControlCharacters(text);
  if (isSimple(plain)) return plain.length;
  let width = 0;
  for (const grapheme of graphemes(plain)) width += graphemeWidth(grapheme);
  return width;
}

/** At most `columns` wide, ending in `…` where something was cut off. For text without colours. */
export function cutText(text: string, columns: number): string {
  if (textWidth(text) <= columns) return text;
  if (columns <= 1) return columns === 1 ? '…' : '';
  let kept = '';
  let width = 0;
  for (const grapheme of graphemes(text)) {
    const next = graphemeWidth(grapheme);
    if (width + next > columns - 1) break;
    kept += grapheme;
    width += next;
  }
  return `${kept}…`;
}

export function padText(text: string, columns: number, align: 'left' | 'right' = 'left'): string {
  const gap = ' '.repeat(Math.max(0, columns - textWidth(text)));
  return align === 'left' ? text + gap : gap + text;
}
