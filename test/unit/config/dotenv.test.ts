import { describe, expect, test } from 'vitest';
import { parseEnvFile, parseRawEnvFile } from '../../../src/config/interpolate/dotenv.ts';
import { Problems } from '../../../src/config/problems.ts';
import { sourceFile } from '../../../src/config/tree/node.ts';

function read(text: string, shell: Record<string, string> = {}, parse = parseEnvFile) {
  const problems = new Problems();
  const scope = {
    lookup: (name: string) =>
      Object.hasOwn(shell, name) ? { value: shell[name]!, from: 'shell' as const } : undefined,
    isProvided: (name: string) => name === 'PORT',
  };
  const entries = parse(sourceFile('/x/.env', 'env', '/x', text), scope, problems);
  const values = Object.fromEntries([...entries].map(([name, { value }]) => [name, value]));
  return { values, entries, problems: problems.sorted([]) };
}

describe('values', () => {
  test.each([
    ['A=b', 'b'],
    ['A=', ''],
    ['A= b c ', 'b c'],
    ['  A  =  b', 'b'],
    ['export A=b', 'b'],
    ['A: b', 'b'],
    ['A=b # comment', 'b'],
    ['A=b#c', 'b#c'],
    ['A=# comment', ''],
    ['A="b # c" # comment', 'b # c'],
    ["A='b # c'", 'b # c'],
    ["A='$B ${C} \\n'", '$B ${C} \\n'],
    ["A='it\\'s'", "it's"],
    ['A="b\\nc\\td\\"e\\\\f\\$g"', 'b\nc\td"e\\f$g'],
    ['A="b\nc"', 'b\nc'],
    ["A='b\nc'", 'b\nc'],
    ['A=b=c', 'b=c'],
    ['A=https://x/?a=b&c', 'https://x/?a=b&c'],
    ['A={"a": "b"}', '{"a": "b"}'],
    ['A=b\r', 'b'],
    ['A.b-c=d', 'd'],
    ['A=$$5', '$5'],
    ['A=${B:-c}', 'c'],
  ])('%j -> %j', (text, expected) => {
    const { values, problems } = read(text);
    expect(problems).toEqual([]);
    expect(Object.values(values)).toEqual([expected]);
  });

  test('interpolate from the shell first, then from what stands above', () => {
    expect(read('A=1\nB=$A\nC="${A}${S}"\nS=file\nD=$S', { S: 'shell' }).values).toEqual({
      A: '1',
      B: '1',
      C: '1shell',
      S: 'file',
      D: 'shell',
    });
  });

  test('the last of a name counts', () => {
    expect(read('A=1\nA=2').values).toEqual({ A: '2' });
  });

  test('a name alone is taken from outside, or left out', () => {
    expect(read('A\nB\nC=1', { A: 'x' }).values).toEqual({ A: 'x', C: '1' });
  });

  test('know their line and column', () => {
    expect(read('# c\n\n  export NAME=v').entries.get('NAME')?.place).toEqual({
      file: '/x/.env',
      line: 3,
      column: 10,
      length: 4,
    });
  });
});

test('raw values stand as they are', () => {
  const text = '# c\n\nQ="two words" # no comment\nD=a$b${C}\\n\nE=\r\nB=c=d\nOUT\nNOT_OUT\n';
  const { values, problems } = read(text, { OUT: 'side' }, parseRawEnvFile);
  expect(values).toEqual({ Q: '"two words" # no comment', D: 'a$b${C}\\n', E: '', B: 'c=d', OUT: 'side' });
  expect(problems).toEqual([]);
  expect(read('A B=c\n=d', {}, parseRawEnvFile).problems.map(({ place }) => place?.line)).toEqual([1, 2]);
});

describe('mistakes', () => {
  test.each([
    ['not an assignment', 'bad-env-file'],
    ['=x', 'bad-env-file'],
    ['A="open', 'bad-env-file'],
    ['A="b" c', 'bad-env-file'],
    ['A=$(x)', 'bad-interpolation'],
    ['A=${B:?why}', 'required-variable'],
    ['A=$PORT', 'launch-only'],
  ])('%j', (text, code) => {
    expect(read(text).problems).toMatchObject([{ severity: 'error', code }]);
  });

  test('do not hide the lines behind them', () => {
    const { values, problems } = read('oh no\nA=1\n"x"\nB=2');
    expect(values).toEqual({ A: '1', B: '2' });
    expect(problems.map((d) => d.place?.line)).toEqual([1, 3]);
  });

  test('an unset variable is a warning', () => {
    expect(read('A=$B').problems).toMatchObject([{ severity: 'warning', code: 'unset-variable' }]);
  });
});
