/** The line that tells why a program ended, among what its runtime writes around it. */
import { expect, test } from 'vitest';
import { lastWords } from '../../../src/cli/wording/last-words.ts';

test.each<[string, string[], string | undefined]>([
  ['nothing', [], undefined],
  ['blank lines', ['', '  '], undefined],
  ['an ordinary last line', ['starting', 'cannot bind port 80', ''], 'cannot bind port 80'],
  [
    'Node',
    [
      'node:internal/modules/esm/resolve:873',
      '        ^',
      '',
      "Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'better-sqlite3'",
      '    at packageResolve (node:internal/modules/esm/resolve:873:9) {',
      "  code: 'ERR_MODULE_NOT_FOUND'",
      '}',
      '',
      'Node.js v20.20.2',
    ],
    "Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'better-sqlite3'",
  ],
  [
    'Python',
    ['Traceback (most recent call last):', '  File "a.py", line 1', "KeyError: 'DATABASE'"],
    "KeyError: 'DATABASE'",
  ],
  [
    'Go',
    ['panic: runtime error: index out of range', '', 'goroutine 1 [running]:', 'main.main()'],
    'panic: runtime error: index out of range',
  ],
  [
    'Java',
    ['Exception in thread "main" java.lang.IllegalStateException: no port', '\tat Main.main(Main.java:3)'],
    'Exception in thread "main" java.lang.IllegalStateException: no port',
  ],
  ['Rust', ['error[E0432]: unresolved import', ' --> src/main.rs:1:5'], 'error[E0432]: unresolved import'],
  ['colours', ['\u001b[31mTypeError: x is not a function\u001b[0m', '    at y'], 'TypeError: x is not a function'],
  [
    'structured',
    ['{"level":"info","message":"listening"}', '{"level":50,"msg":"out of memory"}'],
    'error: out of memory',
  ],
  ['only noise', ['}', 'Node.js v20.20.2'], 'Node.js v20.20.2'],
])('%s', (_, tail, told) => {
  expect(lastWords(tail)).toBe(told);
});
