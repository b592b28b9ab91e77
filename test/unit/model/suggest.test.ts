import { describe, expect, test } from 'vitest';
import { suggest } from '../../../src/model/suggest.ts';

const WORDS = ['command', 'calls', 'depends_on', 'environment', 'on-failure', 'PathPrefix', 'port', 'profiles'];

describe('did you mean', () => {
  test.each([
    ['comand', 'command'],
    ['commnad', 'command'],
    ['Command', 'command'],
    ['depends-on', 'depends_on'],
    ['enviroment', 'environment'],
    ['prot', 'port'],
    ['on_failure', 'on-failure'],
    ['Prefix', 'PathPrefix'],
  ])('%s -> %s', (word, expected) => {
    expect(suggest(word, WORDS)).toBe(expected);
  });

  test.each(['', 'x', 'zzz', 'xyzzyx', 'restart', 'q', 'por\u0000\u0000\u0000'])('%j is near nothing', (word) => {
    expect(suggest(word, WORDS)).toBeUndefined();
  });

  test('one letter is no reason to mean another one', () => {
    expect(suggest('q', ['a', 'b'])).toBeUndefined();
    expect(suggest('A', ['a', 'b'])).toBe('a');
  });

  test('a list that can be read only once is enough', () => {
    expect(suggest('Prefix', new Set(WORDS).values())).toBe('PathPrefix');
  });
});
