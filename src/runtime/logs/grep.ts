/**
 * Finding lines by text or regular expression, as fast as the disk gives them: words that every match must contain are
 * looked for in whole blocks, and only lines around them are taken apart. Owns no state that changes what is found.
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
    return { matches: (line) => stripAnsi(line).includes(grep), narrow: around([grep]), rulesOut: lacks([[grep]]) };
  }
  // `g` and `y` would carry a position from one line to the next.
  const pattern = new RegExp(grep.source, grep.flags.replace(/[gy]/g, ''));
  const matches = (line: string): boolean => pattern.test(stripAnsi(line));
  const ways = waysOf(grep.source).map((words) => words.filter((word) => word.length > 1));
  const exact = LOOKS_AROUND.test(grep.source) ? undefined : asciiOnly(aroundMatch(grep.source, pattern.flags));
  const [only = []] = ways.length === 1 ? ways : [];
  if (only.length > 0) {
    if (pattern.ignoreCase) return { matches, narrow: aroundMatch(escaped(longest(only)), 'i') };
    return { matches, narrow: exact ? eitherWay(around(only), exact) : around(only), rulesOut: lacks(ways) };
  }
  const canRuleOut = !pattern.ignoreCase && ways.length > 0 && ways.every((words) => words.length > 0);
  return {
    matches,
    ...(exact && { narrow: exact }),
    ...(canRuleOut && { rulesOut: lacks(ways) }),
  };
}

/** A block without escape sequences and pieces, in which text is found where it stands. Three passes of native speed. */
export function isPlain(block: string): boolean {
  return HIDING.every((sign) => !block.includes(sign));
}

/** Of each way to match a word is nowhere in it, and nothing that could hide it (see `isPlain`). */
function lacks(ways: readonly (readonly string[])[]): (block: Buffer) => boolean {
  const needles = ways.map((words) => words.map((word) => new Needle(word)));
  return (block) =>
    needles.every((way) => way.some((needle) => !needle.isIn(block))) &&
    HIDING_BYTES.every((sign) => !block.includes(sign));
}

/** What Node looks for with `memchr` and a comparison; longer ones with an algorithm that is ten times as slow. */
const WINDOW_BYTES = 7;
/** The commonest bytes of logs with their times, the commonest first: `memchr` stops at each. */
const COMMON = Buffer.from(' 0:-2T.Z1eotanirsl"dcu3546789mph,gf=_/');

/** A word and a part of it that is quick to miss. Which part that is it learns from where it was misled. */
class Needle {
  readonly #whole: Buffer;
  readonly #parts: readonly Buffer[];
  #at = 0;

  constructor(word: string) {
    this.#whole = Buffer.from(toBytes(word), 'latin1');
    const starts = Array.from({ length: Math.max(1, this.#whole.length - WINDOW_BYTES + 1) }, (_, at) => at);
    const rarity = (at: number): number => {
      const rank = COMMON.indexOf(this.#whole[at] ?? 0);
      return rank < 0 ? COMMON.length : rank;
    };
    this.#parts = starts.sort((a, b) => rarity(b) - rarity(a)).map((at) => this.#whole.subarray(at, at + WINDOW_BYTES));
  }

  isIn(block: Buffer): boolean {
    if (!block.includes(this.#parts[this.#at]!)) return false;
    if (this.#whole.length <= WINDOW_BYTES || block.includes(this.#whole)) return true;
    this.#at = (this.#at + 1) % this.#parts.length;
    return false;
  }
}

/** Of pieces of lines; of escape sequences, in either form. */
const HIDING = [PIECE_SIGN, '\x1b', '\xc2\x9b'];
const HIDING_BYTES = HIDING.map((sign) => Buffer.from(sign, 'latin1'));

/** What would find something else in a block than in the line alone; also what is not ASCII, as blocks are bytes. */
const LOOKS_AROUND = /\^|\(\?<?[=!]|[^\x00-\x7f]|\\u|\\x/;

/** Of words that a match must all have, lines with the one that comes last in the block: it is the rarest, or near it. */
function around(words: readonly string[]): (block: string) => string {
  const all = words.map(toBytes);
  return (block) => {
    const first = all.map((word) => block.indexOf(word));
    if (first.includes(-1)) return '';
    const rarest = all[first.indexOf(Math.max(...first))]!;
    return linesAt(block, (from) => block.indexOf(rarest, from));
  };
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

/** The words first; where most lines have them the expression itself, which costs less than taking all of them apart. */
function eitherWay(words: (block: string) => string, exact: (block: string) => string): (block: string) => string {
  return (block) => {
    const found = words(block);
    return found.length * 2 > block.length ? exact(found) : found;
  };
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

/** The longest of the words that every match has; '' when there is none, or several ways to match. */
export function requiredWord(source: string): string {
  const ways = waysOf(source);
  return ways.length === 1 ? longest(ways[0]!) : '';
}

function longest(words: readonly string[]): string {
  return words.reduce((best, word) => (word.length > best.length ? word : best), '');
}

/**
 * The ways in which an expression matches (its alternatives), each with the runs of plain ASCII characters that such a
 * match has. None when the expression is not simple enough to tell (groups, escapes by number or name).
 */
function waysOf(source: string): readonly (readonly string[])[] {
  if (/[()]|\[[^\]]*\[/.test(source.replace(/\\[^\w\s]/g, ''))) return [];
  const ways: string[][] = [[]];
  let run = '';
  const endRun = (): void => {
    if (run !== '') ways.at(-1)!.push(run);
    run = '';
  };
  for (const [, escaped, plain, , quantifier] of source.matchAll(ATOM)) {
    if (plain === '|') {
      endRun();
      ways.push([]);
      continue;
    }
    const character = escaped ?? plain;
    if (character === undefined || (escaped !== undefined && /\w/.test(escaped))) {
      if (escaped !== undefined && !/[dDwWsSbBtnrfv]/.test(escaped)) return [];
      endRun();
      continue;
    }
    const [, least = quantifier?.startsWith('+') ? '1' : '0', open] = /^\{(\d+)(,?)/.exec(quantifier ?? '{1}') ?? [];
    run += character.repeat(Math.min(Number(least), MOST_REPEATED));
    if (open !== '' || Number(least) > MOST_REPEATED) endRun();
  }
  endRun();
  return ways;
}

/** Of one character: a longer word is not found sooner. */
const MOST_REPEATED = 32;

/** Escape, plain character, or anything else (class, dot, anchor, not ASCII); then its quantifier. */
const ATOM = /(?:\\([\s\S])|([^\\[.^$\x00-\x1f\x7f-\uffff])|(\[(?:\\.|[^\]])*\]|[\s\S]))([*+?]\??|\{\d+,?\d*\}\??)?/g;
