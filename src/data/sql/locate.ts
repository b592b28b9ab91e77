/**
 * Where in a file a failing statement goes wrong: at the word that SQLite's message names, when the statement has that
 * word exactly once; otherwise at its beginning. (better-sqlite3 does not hand on sqlite3_error_offset.) Pure.
 */
import type { Place } from '../../model/place.ts';
import type { Statement } from './statements.ts';

const NAMED = [/^near "(.+)": syntax error$/s, /^no such [a-z]+: (?:.*\.)?(.+)$/s, /has no column named (.+)$/s];

export function placeOf(file: string, sql: string, statement: Statement, message: string): Place {
  const { start, line, column } = statement;
  const token = namedToken(sql, statement, message);
  if (!token) return { file, line, column };
  const before = sql.slice(start, token.start).split('\n');
  const length = token.end - token.start;
  if (before.length === 1) return { file, line, column: column + token.start - start, length };
  return { file, line: line + before.length - 1, column: (before.at(-1)?.length ?? 0) + 1, length };
}

function namedToken(sql: string, statement: Statement, message: string) {
  const name = NAMED.map((expression) => expression.exec(message)?.[1]).find((found) => found !== undefined);
  if (name === undefined) return undefined;
  const same = statement.tokens.filter((token) => bare(sql.slice(token.start, token.end)) === bare(name));
  return same.length === 1 ? same[0] : undefined;
}

/** Names are compared without quotes and without regard to case. */
function bare(text: string): string {
  return text.replace(/^["'`[]|["'`\]]$/g, '').toLowerCase();
}
