/** Expressions mean what the language's own mean on whole values, and take linear time whatever they look like. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Expression } from '../../../src/model/expression/expression.ts';

/** Expressions over a, b and c that both engines know. */
const source = fc.letrec((tie) => ({
  any: fc.oneof({ maxDepth: 4, depthSize: 'small' }, tie('unit'), tie('sequence'), tie('choice'), tie('repeat')),
  unit: fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '[a-c]', '\\w', '\\d', '^', '$', '(?:)'),
  sequence: fc.array(tie('any'), { minLength: 1, maxLength: 3 }).map((parts) => parts.join('')),
  choice: fc.array(tie('any'), { minLength: 2, maxLength: 3 }).map((parts) => `(?:${parts.join('|')})`),
  repeat: fc
    .tuple(tie('any'), fc.constantFrom('*', '+', '?', '{2}', '{1,2}', '{2,}', '*?', '+?'))
    .map(([part, count]) => `(?:${part})${count}`),
})).any as fc.Arbitrary<string>;

test('the same whole values match as with the engine of the language', () => {
  fc.assert(
    fc.property(source, fc.stringMatching(/^[abc1]{0,8}$/), (pattern, value) => {
      expect(new Expression(pattern).test(value)).toBe(new RegExp(`^(?:${pattern})$`).test(value));
    }),
    { numRuns: 3000 },
  );
});

describe('what it takes', () => {
  test.each([
    ['(?i)/Users/[0-9]+', '/uSERS/42', true],
    ['(?is)a.b', 'A\nB', true],
    ['/(?P<id>\\d+)\\.json', '/7.json', true],
    ['\\x41\\x{42}\\u0043', 'ABC', true],
    ['[]a]+', ']a', true],
    ['[\\d-]+', '1-2', true],
    ['a{,2}', 'a{,2}', true],
    ['é+', 'éé', true],
    ['[^a]', '\u2603', true],
    ['', '', true],
    ['', 'x', false],
    ['^a$', 'a', true],
    ['a^b', 'ab', false],
  ])('%s on %s', (pattern, value, matches) => {
    expect(new Expression(pattern).test(value)).toBe(matches);
  });

  test.each([
    ['(a', 'a `(` without its `)`'],
    ['a)', 'a `)` without its `(`'],
    ['[a', 'a `[` without its `]`'],
    ['*a', 'nothing stands before a repetition'],
    ['a**', 'two repetitions in `a**`'],
    ['a{3,2}', '`{3,2}` ends before it begins'],
    ['a{1001}', 'a repetition of more than 1000'],
    ['(?=a)', 'lookaround is not supported'],
    ['(?<!a)', 'lookaround is not supported'],
    ['(a)\\1', 'back references are not supported'],
    ['\\bword', '`\\b` is not supported'],
    ['[z-a]', 'a range in brackets ends before it begins'],
    ['((a{100}){100}){100}', 'it is too large once repetitions are written out'],
    ['('.repeat(500) + ')'.repeat(500), 'groups are nested too deeply'],
    ['\\', 'it ends with a `\\`'],
  ])('%s is refused', (pattern, reason) => {
    expect(() => new Expression(pattern)).toThrow(reason);
  });
});

test('what would take a backtracking engine for ever ends', () => {
  const long = 'a'.repeat(8192);
  for (const pattern of ['(a+)+b', '(a|a)*b', '(a|aa)+b', 'a*a*a*a*a*a*b', '(.*)(.*)(.*)(.*)x', '(a?){500}a{500}b']) {
    expect(new Expression(pattern).test(long)).toBe(false);
  }
});

test('states that a hostile value makes are bounded', () => {
  // Needs 2^12 states of a deterministic automaton when all are kept.
  const expression = new Expression('[ab]*a[ab]{12}');
  let value = '';
  for (let i = 0; i < 50_000; i++) value += (i * 2654435761) & 0x80000 ? 'a' : 'b';
  const expected = value.at(-13) === 'a';
  expect(expression.test(value)).toBe(expected);
  expect(expression.test(value)).toBe(expected);
});
