/** What the YAML parser's errors mean to a person. Data and one function; decides nothing. */
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
  MISSING_CHAR: { message: 'a character is missing here' },
  BAD_ALIAS: { message: 'this alias names no anchor above', hint: 'define it with `&name` further up' },
  MULTIPLE_DOCS: { message: 'the file holds more than one YAML document', hint: 'remove the `---` line' },
};

export function reportSyntax(error: YAMLParseError, file: SourceFile, problems: Problems): void {
  const [start, end] = error.pos;
  const words = WORDS[error.code];
  // The parser's own words where they name the character that is missing.
  const said = error.message.replace(/\.?\s*$/, '').replace(/^./, (c) => c.toLowerCase());
  const message = words === undefined || error.code === 'MISSING_CHAR' ? said : words.message;
  problems.error('yaml-syntax', message, placeAt({ file, start: Math.min(start, file.text.length), end }), {
    hint: words?.hint,
  });
}
