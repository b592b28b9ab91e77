import { describe, expect, test } from 'vitest';
import { evaluate, type Scope } from '../../../src/config/interpolate/evaluate.ts';
import { parseText } from '../../../src/config/interpolate/parse.ts';
import { shellText } from '../../../src/config/interpolate/shell-text.ts';

const VALUES: Readonly<Record<string, string>> = { SET: 'value', EMPTY: '', OTHER: 'other', DOLLAR: 'a$b${SET}' };
const scope: Scope = {
  lookup: (name) => (Object.hasOwn(VALUES, name) ? { value: VALUES[name]!, from: 'shell' } : undefined),
  isProvided: (name) => name === 'PORT',
};

function fill(text: string) {
  const { parts, malformed } = parseText(text);
  return { ...evaluate(parts, scope), malformed };
}

describe("Compose's forms", () => {
  test.each([
    ['plain', 'plain'],
    ['$SET', 'value'],
    ['${SET}', 'value'],
    ['a$SET-b', 'avalue-b'],
    ['${SET}${OTHER}', 'valueother'],
    ['$$SET', '$SET'],
    ['$$$SET', '$value'],
    ['$$$$', '$$'],
    ['${SET:-x}', 'value'],
    ['${EMPTY:-x}', 'x'],
    ['${NONE:-x}', 'x'],
    ['${EMPTY-x}', ''],
    ['${NONE-x}', 'x'],
    ['${NONE:-}', ''],
    ['${NONE-}', ''],
    ['${SET:+x}', 'x'],
    ['${EMPTY:+x}', ''],
    ['${NONE:+x}', ''],
    ['${EMPTY+x}', 'x'],
    ['${NONE+x}', ''],
    ['${SET:?x}', 'value'],
    ['${EMPTY?x}', ''],
    ['${NONE:-${SET}}', 'value'],
    ['${NONE:-a ${ALSO:-b ${SET}} c}', 'a b value c'],
    ['${NONE:-$$5 and :- and ?}', '$5 and :- and ?'],
    ['${NONE:-{"a":1}', '{"a":1'],
    ['${_under1}', ''],
  ])('%s -> %s', (text, expected) => {
    expect(fill(text).template).toBe(expected);
  });

  test('what a variable holds is not interpolated again', () => {
    expect(fill('$DOLLAR').template).toBe('a$b${SET}');
  });

  test('the words of an operator that does not apply are not looked at', () => {
    expect(fill('${SET:-${NONE:?never}}').required).toEqual([]);
    expect(fill('${SET:-$NONE}').unset).toEqual([]);
  });
});

describe('what is not set', () => {
  test('is empty and told, once for each hole', () => {
    const { template, unset } = fill('a${NONE}b$NONE');
    expect(template).toBe('ab');
    expect(unset.map(({ ref, start, end }) => [ref, start, end])).toEqual([
      ['NONE', 1, 8],
      ['NONE', 9, 14],
    ]);
  });

  test.each([
    ['${NONE:?why ${SET}}', 'why value'],
    ['${EMPTY:?why}', 'why'],
    ['${NONE?}', ''],
  ])('%s is required', (text, words) => {
    expect(fill(text).required).toMatchObject([{ words }]);
  });
});

describe('names that msvc provides', () => {
  test('stay holes with their operators, whatever the shell has', () => {
    expect(fill('--port=${PORT}').template).toEqual(['--port=', { ref: 'PORT' }]);
    expect(fill('$PORT').template).toEqual([{ ref: 'PORT' }]);
    expect(fill('${PORT:-$SET}').template).toEqual([{ ref: 'PORT', operator: ':-', word: 'value' }]);
    expect(fill('${NONE:-${PORT}}').template).toEqual([{ ref: 'PORT' }]);
  });

  test('are left to the shell in a text command', () => {
    expect(shellText(fill('serve $PORT ${PORT:-${SET}} $$HOME $SET').template)).toBe(
      'serve ${PORT} ${PORT:-value} $HOME value',
    );
  });
});

describe('malformed', () => {
  test.each([
    ['$(date)', 0, 2],
    ['costs $5', 6, 8],
    ['end$', 3, 4],
    ['${}', 0, 3],
    ['${1}', 0, 4],
    ['a ${SET', 2, 7],
    ['${SET:x}', 0, 8],
    ['${SET:-${OPEN}', 0, 14],
  ])('%s is told with its range', (text, start, end) => {
    expect(fill(text).malformed).toMatchObject([{ start, end }]);
  });

  test('each one is told', () => {
    expect(fill('$( ${} $! $SET').malformed).toHaveLength(3);
  });

  test('nesting without end is no way to overflow the stack', () => {
    expect(fill('${A:-'.repeat(10_000)).malformed.length).toBeGreaterThan(0);
  });
});
