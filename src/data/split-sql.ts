/**
 * Cuts an SQL file into its statements, each with where it begins. Knows strings, quoted names, comments and the
 * `BEGIN ... END` of triggers (with `CASE ... END` inside); knows nothing else of SQL. Pure.
 */
export interface Statement {
  readonly text: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
}

const TOKEN =
  /--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|'(?:[^']|'')*(?:'|$)|"(?:[^"]|"")*(?:"|$)|`(?:[^`]|``)*(?:`|$)|\[[^\]]*(?:\]|$)|[A-Za-z_][\w$]*|;|\s+|[^\s]/g;

export function splitSql(source: string): Statement[] {
  const statements: Statement[] = [];
  let start = -1;
  let words: string[] = [];
  /** Open BEGIN and CASE of a trigger's body. */
  let depth = 0;
  for (const match of source.matchAll(TOKEN)) {
    const token = match[0];
    const isSpace = /^(?:\s|--|\/\*)/.test(token);
    if (isSpace) continue;
    if (start === -1) {
      if (token === ';') continue;
      start = match.index;
    }
    if (token === ';' && depth === 0) {
      statements.push(statementAt(source, start, match.index));
      start = -1;
      words = [];
      continue;
    }
    if (!/^[A-Za-z_]/.test(token)) continue;
    const word = token.toUpperCase();
    if (words.length < 4) words.push(word);
    if (!isTrigger(words)) continue;
    if (word === 'BEGIN' || (word === 'CASE' && depth > 0)) depth++;
    if (word === 'END' && depth > 0) depth--;
  }
  if (start !== -1) statements.push(statementAt(source, start, source.length));
  return statements;
}

function isTrigger(words: readonly string[]): boolean {
  return (
    words[0] === 'CREATE' &&
    (words[1] === 'TRIGGER' || (/^TEMP(ORARY)?$/.test(words[1] ?? '') && words[2] === 'TRIGGER'))
  );
}

function statementAt(source: string, start: number, end: number): Statement {
  const before = source.slice(0, start);
  const lineStart = before.lastIndexOf('\n') + 1;
  return {
    text: source.slice(start, end).trimEnd(),
    line: before.split('\n').length,
    column: start - lineStart + 1,
  };
}
