/** What the YAML parser's errors mean to a person, and where to point. Decides nothing. */
import type { YAMLParseError } from 'yaml';
import type { Problems } from '../problems.ts';
import { placeAt, type SourceFile } from './node.ts';

const WORDS: Readonly<Record<string, { readonly message: string; readonly hint?: string }>> = {
  TAB_AS_INDENT: { message: 'a tab cannot indent in YAML', hint: 'use spaces' },
  BAD_INDENT: {
    message: 'the indentation does not fit what stands above',
    hint: 'keys of one map start in one column',
  },
  BLOCK_AS_IMPLICIT_KEY: {
    message: 'a second `:` on one line starts no new map',
    hint: 'put the text in quotes, or the inner key on its own line',
  },
  SEQUENCE_AMONG_KEYS: {
    message: 'an item of a list stands among the keys of a map',
    hint: 'begin each line with `- `, or write each as `key: value`',
  },
  KEY_BELOW_VALUE: {
    message: 'the line above has its value already, so nothing can stand below it',
    hint: 'keys of one map start in one column; a text of several lines needs quotes or `|`',
  },
  MULTILINE_IMPLICIT_KEY: {
    message: 'this line is neither `key: value` nor the continuation of a list',
    hint: 'a key needs a `:` and a space behind it',
  },
  MULTIPLE_DOCS: { message: 'the file holds more than one YAML document', hint: 'remove the `---` line' },
};

/** They concern a line rather than a character of it. */
const WHOLE_LINE: ReadonlySet<string> = new Set([
  'BLOCK_AS_IMPLICIT_KEY',
  'SEQUENCE_AMONG_KEYS',
  'BAD_INDENT',
  'MULTILINE_IMPLICIT_KEY',
]);

export function reportSyntax(error: YAMLParseError, file: SourceFile, problems: Problems): void {
  const quote = /^Missing closing (["'])quote/.exec(error.message)?.[1];
  if (quote !== undefined) {
    const start = openQuote(file.text, quote) ?? error.pos[0];
    problems.error('yaml-syntax', 'this quote is never closed', placeAt({ file, start, end: file.text.length }));
    return;
  }
  const code = codeOf(error, file.text);
  const words = WORDS[code];
  const said = error.message.replace(/\.?\s*$/, '').replace(/^./, (c) => c.toLowerCase());
  problems.error('yaml-syntax', words?.message ?? said, placeAt({ file, ...rangeOf(code, error, file.text) }), {
    hint: words?.hint,
  });
}

/** The parser has one code for what a person did in three ways. */
function codeOf({ code, message, pos: [from] }: YAMLParseError, text: string): string {
  if (code !== 'BLOCK_AS_IMPLICIT_KEY') return code;
  if (message.includes('sequence')) return 'SEQUENCE_AMONG_KEYS';
  return /:(\s|$)/.test(text.slice(from, lineEndAfter(text, from))) ? code : 'KEY_BELOW_VALUE';
}

function lineEndAfter(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end === -1 ? text.length : end;
}

/** From the first visible character; for what concerns a line, to its end. */
function rangeOf(code: string, error: YAMLParseError, text: string): { start: number; end: number } {
  const [from, to] = error.pos;
  if (code === 'TAB_AS_INDENT') return { start: from, end: to };
  if (code === 'KEY_BELOW_VALUE') {
    const above = lineEndAfter(text, from);
    const start = above + Math.max(0, text.slice(above).search(/\S/));
    return { start, end: lineEndAfter(text, start) };
  }
  let start = Math.min(from, text.length);
  while (text[start] === ' ') start++;
  if (text[start] === undefined || text[start] === '\n') start = Math.min(from, text.length);
  return { start, end: WHOLE_LINE.has(code) ? lineEndAfter(text, start) : Math.max(to, start + 1) };
}

/** The quote in the first line that has an odd number of them: the parser only tells where the text ended. */
function openQuote(text: string, quote: string): number | undefined {
  let lineStart = 0;
  for (const line of text.split('\n')) {
    const at = [...line.matchAll(quote === '"' ? /(?<!\\)"/g : /'/g)].map((match) => match.index);
    if (at.length % 2 === 1) return lineStart + at.at(-1)!;
    lineStart += line.length + 1;
  }
  return undefined;
}
