/**
 * Finding lines by text or regular expression, as fast as the disk gives them: a word that every match must contain is
 * looked for in whole blocks, and only lines around it are taken apart. Pure.
 */
import { stripAnsi } from './ansi.ts';
import { toBytes } from './line-format.ts';

export interface Matcher {
  /** Of a whole line; escape sequences do not count as text. */
  matches(line: string): boolean;
  /**
   * The lines of a block (one character a byte) that may match. Never leaves out one that does, except where the block
   * has pieces of lines or escape sequences: ask `isPlain` first.
   */
  readonly narrow?: (block: string) => string;
}

export function matcherOf(grep: RegExp | string): Matcher {
  if (typeof grep === 'string') return { matches: (line) => stripAnsi(line).includes(grep), narrow: around(grep) };
  // `g` and `y` would carry a position from one line to the next.
  const pattern = new RegExp(grep.source, grep.flags.replace(/[gy]/g, ''));
  const matches = (line: string): boolean => pattern.test(stripAnsi(line));
  const word = requiredWord(grep.source);
  if (word.length < 2) return { matches };
  if (!pattern.ignoreCase) return { matches, narrow: around(word) };
  return /^[\x20-\x7e]+$/.test(word) && !pattern.unicode ? { matches, narrow: aroundAnyCase(word) } : { matches };
}

const NOT_PLAIN = /\x1b|\x9b|Z [oeOE][<=>]/;

/** A block without escape sequences and pieces, in which text is found where it stands. */
export function isPlain(block: string): boolean {
  return !NOT_PLAIN.test(block);
}

function around(word: string): (block: string) => string {
  const bytes = toBytes(word);
  return (block) => linesAt(block, (from) => block.indexOf(bytes, from));
}

function aroundAnyCase(word: string): (block: string) => string {
  const pattern = new RegExp(word.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'), 'gi');
  return (block) =>
    linesAt(block, (from) => {
      pattern.lastIndex = from;
      return pattern.exec(block)?.index ?? -1;
    });
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
