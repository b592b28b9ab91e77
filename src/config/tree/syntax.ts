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
  MULTILINE_IMPLICIT_KEY: {
    message: 'this line is neither `key: value` nor the continuation of a list',
    hint: 'a key needs a `:` and a space behind it',
  },
  MULTIPLE_DOCS: { message: 'the file holds more than one YAML document', hint: 'remove the `---` line' },
};

export function reportSyntax(error: YAMLParseError, file: SourceFile, problems: Problems): void {
  const quote = /^Missing closing (["'])quote/.exec(error.message)?.[1];
  if (quote !== undefined) {
    const start = openQuote(file.text, quote) ?? error.pos[0];
    problems.error('yaml-syntax', 'this quote is never closed', placeAt({ file, start, end: file.text.length }));
    return;
  }
  const words = WORDS[error.code];
  const said = error.message.replace(/\.?\s*$/, '').replace(/^./, (c) => c.toLowerCase());
  problems.error('yaml-syntax', words?.message ?? said, placeAt({ file, ...rangeOf(error, file.text) }), {
    hint: words?.hint,
  });
}

/** From the first visible character; for what concerns a line, to its end. */
function rangeOf(error: YAMLParseError, text: string): { start: number; end: number } {
  const [from, to] = error.pos;
  if (error.code === 'TAB_AS_INDENT') return { start: from, end: to };
  let start = Math.min(from, text.length);
  while (text[start] === ' ') start++;
  if (text[start] === undefined || text[start] === '\n') start = Math.min(from, text.length);
  const lineEnd = text.indexOf('\n', start);
  const whole = ['BLOCK_AS_IMPLICIT_KEY', 'BAD_INDENT', 'MULTILINE_IMPLICIT_KEY'].includes(error.code);
  return { start, end: whole ? (lineEnd === -1 ? text.length : lineEnd) : Math.max(to, start + 1) };
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
