/**
 * Reads a shell line just far enough to tell whether it is one simple command. If so `exec` is put before it: no
 * shell stays between msvc and the program, so the pid is the program's and signals reach it. Whatever is not
 * certain (substitutions, a first word that the shell must compute) is left alone: the shell then does as always.
 */

/** Words of the grammar and built-ins of the shells that a `/bin/sh` can be. `exec` of these fails or does something else. */
const NOT_PROGRAMS = new Set(
  (
    '. : [ [[ ]] ! { } alias bg bind break builtin caller case cd chdir command compgen complete compopt continue coproc ' +
    'declare dirs disown do done echo elif else enable esac eval exec exit export false fc fg fi for function getopts ' +
    'hash help history if in jobs kill let local logout mapfile popd print printf pushd pwd read readarray readonly ' +
    'return select set shift shopt source suspend test then time times trap true type typeset ulimit umask unalias ' +
    'unset until wait whence while'
  ).split(' '),
);

const ASSIGNMENT = /^[A-Za-z_][A-Za-z0-9_]*\+?=/;

interface Word {
  readonly start: number;
  readonly raw: string;
  /** After quote removal; null when only the shell can know it. */
  readonly literal: string | null;
}

export interface ShellLine {
  /** The line to hand to `sh -c`. */
  readonly line: string;
  /** The program it runs, where that is certain. */
  readonly program: string | null;
}

/** @param environment of the launch: bash takes functions from it, and those are no programs. */
export function readShellLine(text: string, environment: Readonly<Record<string, string>> = {}): ShellLine {
  const line = text.trim();
  const asItIs = { line, program: null };
  const words = simpleWords(line);
  const at = words?.findIndex((word) => !ASSIGNMENT.test(word.raw)) ?? -1;
  const first = words?.[at];
  if (!words || !first || first.literal === null) return asItIs;
  const isProgram = (word: string): boolean =>
    word !== '' && !NOT_PROGRAMS.has(word) && !word.startsWith('-') && !(`BASH_FUNC_${word}%%` in environment);
  if (first.literal === 'exec') {
    const second = words[at + 1]?.literal;
    return second && isProgram(second) ? { line, program: second } : asItIs;
  }
  if (!isProgram(first.literal)) return asItIs;
  // An assignment before `exec` is exported to the program by every shell that serves as sh.
  return { line: `${line.slice(0, first.start)}exec ${line.slice(first.start)}`, program: first.literal };
}

/** The words of a single simple command, redirections left out; null when it is more than that, or cannot be told. */
function simpleWords(line: string): readonly Word[] | null {
  const words: Word[] = [];
  let at = 0;
  let target = false;
  while (at < line.length) {
    const char = line[at]!;
    if (char === ' ' || char === '\t') {
      at += 1;
      continue;
    }
    if (char === '#') return line.includes('\n', at) ? null : words;
    const redirection = /^\d*(?:<&|>&|>>|<>|>\||<(?!<)|>)/.exec(line.slice(at, at + 24));
    if (redirection) {
      at += redirection[0].length;
      target = true;
      continue;
    }
    const word = readWord(line, at);
    if (!word) return null;
    if (!target) words.push(word);
    target = false;
    at += word.raw.length;
  }
  return target ? null : words;
}

/** One word from `start`; null at an operator, a substitution or an open quote. */
function readWord(line: string, start: number): Word | null {
  let at = start;
  let literal: string | null = '';
  const add = (text: string): void => {
    if (literal !== null) literal += text;
  };
  for (; at < line.length; at += 1) {
    const char = line[at]!;
    if (' \t<>'.includes(char)) break;
    if (';&|()`\n\r'.includes(char)) return null;
    if (char === '\\') {
      at += 1;
      // A backslash at the end of a line joins it to the next one.
      if (line[at] === '\n') continue;
      if (at >= line.length) return null;
      add(line[at]!);
    } else if (char === "'") {
      const end = line.indexOf("'", at + 1);
      if (end === -1) return null;
      add(line.slice(at + 1, end));
      at = end;
    } else if (char === '"') {
      const quoted = readDoubleQuoted(line, at);
      if (!quoted) return null;
      if (quoted.literal === null) literal = null;
      else add(quoted.literal);
      at = quoted.end;
    } else if (char === '$') {
      const end = endOfParameter(line, at);
      if (end === -1) return null;
      literal = null;
      at = end;
    } else if ('*?['.includes(char) || (char === '~' && at === start) || (char === '{' && line[at + 1] !== undefined)) {
      literal = char === '[' && at === start && !/\S/.test(line[at + 1] ?? ' ') ? '[' : null;
    } else {
      add(char);
    }
  }
  return at === start ? null : { start, raw: line.slice(start, at), literal };
}

/** From an opening `"`: what stands in it and where it closes. */
function readDoubleQuoted(line: string, start: number): { literal: string | null; end: number } | null {
  let literal: string | null = '';
  for (let at = start + 1; at < line.length; at += 1) {
    const char = line[at]!;
    if (char === '"') return { literal, end: at };
    if (char === '`') return null;
    if (char === '$') {
      const end = endOfParameter(line, at);
      if (end === -1) return null;
      literal = null;
      at = end;
      continue;
    }
    const escaped = char === '\\' && '$`"\\\n'.includes(line[at + 1] ?? ' ');
    if (escaped) at += 1;
    if (literal !== null && !(escaped && line[at] === '\n')) literal += line[at];
  }
  return null;
}

/** The last character of `$NAME`, `${NAME...}` or a lone `$`; -1 for substitutions and anything nested. */
function endOfParameter(line: string, dollar: number): number {
  const next = line[dollar + 1] ?? '';
  if (next === '(' || next === "'" || next === '"') return -1;
  if (next === '{') {
    const body = /^\{[^{}`$'"\\\n]*\}/.exec(line.slice(dollar + 1));
    return body ? dollar + body[0].length : -1;
  }
  const name = /^(?:[A-Za-z_][A-Za-z0-9_]*|[0-9@*#?$!-])/.exec(line.slice(dollar + 1));
  return name ? dollar + name[0].length : dollar;
}
