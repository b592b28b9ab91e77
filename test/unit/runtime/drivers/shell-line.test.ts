import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { readShellLine } from '../../../../src/runtime/drivers/shell-line.ts';

describe('one simple command gets exec', () => {
  it.each([
    ['node server.js', 'exec node server.js', 'node'],
    ['  node server.js\n', 'exec node server.js', 'node'],
    ['node server.js --port ${PORT}', 'exec node server.js --port ${PORT}', 'node'],
    ['node server.js --port $PORT # listen', 'exec node server.js --port $PORT # listen', 'node'],
    ['node server.js > out.log 2>&1', 'exec node server.js > out.log 2>&1', 'node'],
    ['2>/dev/null node server.js', '2>/dev/null exec node server.js', 'node'],
    ["node -e 'a; b && c | d'", "exec node -e 'a; b && c | d'", 'node'],
    ['node -e "a; b \\" c"', 'exec node -e "a; b \\" c"', 'node'],
    ['"./my server" --x', 'exec "./my server" --x', './my server'],
    ['py"th"on3 x', 'exec py"th"on3 x', 'python3'],
    ['node a\\;b', 'exec node a\\;b', 'node'],
    ['node \\\n server.js', 'exec node \\\n server.js', 'node'],
    ['NODE_ENV=test PORT="$P" node x', 'NODE_ENV=test PORT="$P" exec node x', 'node'],
    ['exec node server.js', 'exec node server.js', 'node'],
    ['ls *.js', 'exec ls *.js', 'ls'],
  ])('%j', (text, line, program) => {
    expect(readShellLine(text)).toEqual({ line, program });
  });
});

describe('anything else is left alone', () => {
  it.each([
    'cd app && node server.js',
    'a; b',
    'a | b',
    'a &',
    'a\nb',
    'a # x\nb',
    '(a)',
    '{ a; }',
    'if true; then a; fi',
    'while a',
    '! a',
    'echo hello',
    '. ./env',
    'source env',
    'export A=1',
    'A=1',
    '> file',
    'a >',
    '$PROGRAM x',
    '"$PROGRAM" x',
    './bin/* x',
    '`which node` x',
    'a $(b)',
    'a `b`',
    'a "$(b)"',
    'a ${B:-$(c)}',
    'a "unclosed',
    "a 'unclosed",
    'cat <<EOF',
    '-x y',
    'f() { a; }',
    '[ -f x ]',
    'time node x',
    '\\cd x',
    '',
    '# only words',
  ])('%j', (text) => {
    const read = readShellLine(text);
    expect(read).toEqual({ line: text.trim(), program: null });
  });
});

it('leaves a name alone that the environment gives bash a function for', () => {
  expect(readShellLine('serve x', { 'BASH_FUNC_serve%%': '() { :; }' }).program).toBeNull();
});

it('changes nothing that the shell does', () => {
  const print = `${process.execPath} -p 'JSON.stringify([process.argv.slice(1), process.env.A ?? null])'`;
  const lines = [
    `${print} 'a b' "c $HOME" d\\ e`,
    `A="x y" ${print} one`,
    `${print} $UNSET "$UNSET" \${UNSET:-word} 2>&1`,
    `${print} 'it'"'"'s' "\\$HOME \\x"`,
    `${print} a#b # c`,
    `>/dev/null ${print}`,
  ];
  for (const line of lines) {
    const read = readShellLine(line);
    expect(read.line).toContain('exec ');
    const say = (text: string) => execFileSync('/bin/sh', ['-c', text], { encoding: 'utf8' });
    expect(say(read.line)).toBe(say(line));
  }
});
