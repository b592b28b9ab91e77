/**
 * Finding lines by text or regular expression, as fast as the disk gives them: a word that every match must contain is
 * looked for in whole blocks, and only lines around it are taken apart. Pure.
 */
import { stripAnsi } from './ansi.ts';
import { isHigh, PIECE_SIGN, toBytes } from './line-format.ts';

export interface Matcher {
  /** Of a whole line; escape sequences do not count as text. */
  matches(line: string): boolean;
  /**
   * The lines of a block (one character a byte) that may match. Never leaves out one that does, except where the block
   * has pieces of lines or escape sequences: ask `isPlain` first.
   */
  readonly narrow?: (block: string) => string;
  /** No line of these whole lines can match: told from the bytes, for a fraction of what it costs to make text of them. */
  readonly rulesOut?: (block: Buffer) => boolean;
}

export function matcherOf(grep: RegExp | string): Matcher {
  if (typeof grep === 'string') {
    return { matches: (line) => stripAnsi(line).includes(grep), narrow: around(grep), rulesOut: lacks(grep) };
  }
  // `g` and `y` would carry a position from one line to the next.
  const pattern = new RegExp(grep.source, grep.flags.replace(/[gy]/g, ''));
  const matches = (line: string): boolean => pattern.test(stripAnsi(line));
  const word = requiredWord(grep.source);
  if (word.length > 1) {
    if (pattern.ignoreCase) return { matches, narrow: aroundMatch(escaped(word), 'i') };
    return { matches, narrow: around(word), rulesOut: lacks(word) };
  }
  return LOOKS_AROUND.test(grep.source)
    ? { matches }
    : { matches, narrow: asciiOnly(aroundMatch(grep.source, pattern.flags)) };
}

/** A block without escape sequences and pieces, in which text is found where it stands. Three passes of native speed. */
export function isPlain(block: string): boolean {
  return HIDING.every((sign) => !block.includes(sign));
}

/** The word is nowhere in it, and nothing that could hide it (see `isPlain`). */
function lacks(word: string): (block: Buffer) => boolean {
  const bytes = Buffer.from(toBytes(word), 'latin1');
  return (block) => !block.includes(bytes) && HIDING_BYTES.every((sign) => !block.includes(sign));
}

/** Of pieces of lines; of escape sequences, in either form. */
const HIDING = [PIECE_SIGN, '\x1b', '\xc2\x9b'];
const HIDING_BYTES = HIDING.map((sign) => Buffer.from(sign, 'latin1'));

/** What would find something else in a block than in the line alone; also what is not ASCII, as blocks are bytes. */
const LOOKS_AROUND = /\^|\(\?<?[=!]|[^\x00-\x7f]|\\u|\\x/;

function around(word: string): (block: string) => string {
  const bytes = toBytes(word);
  return (block) => linesAt(block, (from) => block.indexOf(bytes, from));
}

/**
 * A match within a line is a match within the block, at the same place or with one that starts before it on the same
 * line. One that runs on into the next line does no harm: the search is taken up again at the end of the first line.
 */
function aroundMatch(source: string, flags: string): (block: string) => string {
  const pattern = new RegExp(source, `${flags.replace('m', '')}gm`);
  return (block) =>
    linesAt(block, (from) => {
      pattern.lastIndex = from;
      return pattern.exec(block)?.index ?? -1;
    });
}

/** A dot is one character, which may be several bytes of the block. */
function asciiOnly(narrow: (block: string) => string): (block: string) => string {
  return (block) => (isHigh(block) ? block : narrow(block));
}

function escaped(word: string): string {
  return word.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}

function linesAt(block: string, find: (from: number) => number): string {
  const lines: string[] = [];
  for (let hit = find(0); hit >= 0; ) {
    const start = hit === 0 ? 0 : block.lastIndexOf('\n', hit - 1) + 1;
    const end = block.indexOf('\n', hit) + 1 || block.length;
    lines.push(block.slice(start, end));
    hit = end < block.length ? find(end) : -1;
  }
  return lines.join('');
}

/**
 * The longest run of plain ASCII characters that every match has; '' when there is none, or when the expression is not
 * simple enough to tell (alternatives, groups, escapes by number or name).
 */
export function requiredWord(source: string): string {
  if (/[|()]|\[[^\]]*\[/.test(source.replace(/\\[^\w\s]/g, ''))) return '';
  let best = '';
  let run = '';
  const endRun = (): void => {
    if (run.length > best.length) best = run;
    run = '';
  };
  for (const [, escaped, plain, , quantifier] of source.matchAll(ATOM)) {
    const character = escaped ?? plain;
    if (character === undefined || (escaped !== undefined && /\w/.test(escaped))) {
      if (escaped !== undefined && !/[dDwWsSbBtnrfv]/.test(escaped)) return '';
      endRun();
      continue;
    }
    if (quantifier === undefined) {
      run += character;
    } else {
      if (quantifier.startsWith('+')) run += character;
      endRun();
    }
  }
  endRun();
  return best;
}

/** Escape, plain character, or anything else (class, dot, anchor, not ASCII); then its quantifier. */
const ATOM = /(?:\\([\s\S])|([^\\[.^$\x00-\x1f\x7f-\uffff])|(\[(?:\\.|[^\]])*\]|[\s\S]))([*+?]\??|\{\d+,?\d*\}\??)?/g;
