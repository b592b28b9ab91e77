/**
 * Splits SQL text into its statements, each with its position. Pure. A trigger's body holds statements of its own, so
 * its end is found the way sqlite3_complete() does: `;` `END` `;`. https://www.sqlite.org/c3ref/complete.html
 */
import { scan, type Token } from './lexer.ts';

export interface Statement {
  /** From its first token to its semicolon, which is included; comments inside are kept. */
  readonly text: string;
  /** Offset in the whole text, in UTF-16 units. */
  readonly start: number;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
  /** Tokens of it, with offsets in the whole text. */
  readonly tokens: readonly Token[];
  /** false: the text ends before its semicolon. */
  readonly terminated: boolean;
}

export interface Split {
  readonly statements: readonly Statement[];
  /** The text ends inside a quote or a comment. */
  readonly open: boolean;
}

type State = 'start' | 'normal' | 'explain' | 'create' | 'trigger' | 'semicolon' | 'end';

export function split(sql: string): Split {
  const { tokens, openComment } = scan(sql);
  const statements: Statement[] = [];
  const position = positions(sql);
  let state: State = 'start';
  let current: Token[] = [];
  const finish = (terminated: boolean): void => {
    const first = current[0];
    const last = current.at(-1);
    const empty = first === undefined || (first === last && first.kind === 'semicolon');
    if (!empty && last) {
      const text = sql.slice(first.start, last.end);
      statements.push({ text, start: first.start, ...position(first.start), tokens: current, terminated });
    }
    current = [];
    state = 'start';
  };
  for (const token of tokens) {
    current.push(token);
    const word = token.kind === 'word' ? sql.slice(token.start, token.end).toUpperCase() : '';
    state = advance(state, token, word);
    if (state === 'start') finish(true);
  }
  finish(false);
  return { statements, open: openComment || tokens.at(-1)?.open === true };
}

/** `start` after a token means: this token ended a statement. */
function advance(state: State, token: Token, word: string): State {
  const semicolon = token.kind === 'semicolon';
  switch (state) {
    case 'start':
      if (semicolon) return 'start';
      if (word === 'CREATE') return 'create';
      return word === 'EXPLAIN' ? 'explain' : 'normal';
    case 'explain':
      if (semicolon) return 'start';
      if (word === 'CREATE') return 'create';
      return word === 'QUERY' || word === 'PLAN' ? 'explain' : 'normal';
    case 'create':
      if (semicolon) return 'start';
      if (word === 'TEMP' || word === 'TEMPORARY') return 'create';
      return word === 'TRIGGER' ? 'trigger' : 'normal';
    case 'normal':
      return semicolon ? 'start' : 'normal';
    case 'trigger':
      return semicolon ? 'semicolon' : 'trigger';
    case 'semicolon':
      if (semicolon) return 'semicolon';
      return word === 'END' ? 'end' : 'trigger';
    case 'end':
      return semicolon ? 'start' : 'trigger';
  }
}

/** Line and column of growing offsets; one pass over the text in all. */
function positions(sql: string): (offset: number) => { line: number; column: number } {
  let line = 1;
  let lineStart = 0;
  return (offset) => {
    for (let at = sql.indexOf('\n', lineStart); at >= 0 && at < offset; at = sql.indexOf('\n', lineStart)) {
      line++;
      lineStart = at + 1;
    }
    return { line, column: offset - lineStart + 1 };
  };
}
