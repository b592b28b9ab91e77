/**
 * Cuts SQL text into SQLite's tokens, as far as finding statements and pointing at words needs it. Pure; accepts any
 * text, since what is wrong with it is for SQLite to say.
 * Rules: https://www.sqlite.org/c3ref/complete.html and tokenize.c (quotes, comments, no nesting of comments).
 */
export interface Token {
  readonly kind: 'word' | 'quoted' | 'semicolon' | 'other';
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
  /** A quote that nothing closes. */
  readonly open?: true;
}

export interface Scan {
  readonly tokens: readonly Token[];
  /** The text ends inside a comment between slash-star and star-slash. */
  readonly openComment: boolean;
}

const SPACE = /[\s\ufeff]+/y;
const WORD = /[\p{L}\p{N}_$\u0080-\uffff]+/uy;
const CLOSING: Readonly<Record<string, string>> = { "'": "'", '"': '"', '`': '`', '[': ']' };

/** White space and comments are no tokens. */
export function scan(sql: string): Scan {
  const tokens: Token[] = [];
  let at = 0;
  while (at < sql.length) {
    const character = sql[at] as string;
    const space = match(SPACE, sql, at);
    if (space > at) {
      at = space;
    } else if (sql.startsWith('--', at)) {
      const end = sql.indexOf('\n', at);
      at = end < 0 ? sql.length : end + 1;
    } else if (sql.startsWith('/*', at)) {
      const end = sql.indexOf('*/', at + 2);
      if (end < 0) return { tokens, openComment: true };
      at = end + 2;
    } else {
      const token = next(sql, at, character);
      tokens.push(token);
      at = token.end;
    }
  }
  return { tokens, openComment: false };
}

function next(sql: string, start: number, character: string): Token {
  if (character === ';') return { kind: 'semicolon', start, end: start + 1 };
  const closing = CLOSING[character];
  if (closing !== undefined) return quoted(sql, start, closing);
  const end = match(WORD, sql, start);
  return end > start ? { kind: 'word', start, end } : { kind: 'other', start, end: start + 1 };
}

/** A doubled closing quote stands for itself, except in brackets. */
function quoted(sql: string, start: number, closing: string): Token {
  let from = start + 1;
  for (;;) {
    const end = sql.indexOf(closing, from);
    if (end < 0) return { kind: 'quoted', start, end: sql.length, open: true };
    if (closing === ']' || sql[end + 1] !== closing) return { kind: 'quoted', start, end: end + 1 };
    from = end + 2;
  }
}

function match(expression: RegExp, sql: string, at: number): number {
  expression.lastIndex = at;
  return expression.test(sql) ? expression.lastIndex : at;
}
