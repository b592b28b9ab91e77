/** The format of errors, held as golden text: test/unit/cli/golden/*.txt. Rewrite with `vitest -u` and read the diff. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ErrorJson } from '../../../src/cli/json-contract.ts';
import { dataOf, printError } from '../../../src/cli/print-error.ts';
import { SpecError } from '../../../src/cli/project.ts';
import { ERROR_WORDING } from '../../../src/cli/wording/errors.ts';
import { ERRORS, type ErrorCode, exitCodeOf, MsvcError } from '../../../src/model/error.ts';
import { Captured } from './capture.ts';

const LINES = [
  'services:',
  '  web:',
  '    comand: node server.js',
  '\tport: 3000 # 日本語, then port',
  `  long: "${'x'.repeat(300)} here"`,
  '  web:',
];
let dir: string;
let file: string;

beforeAll(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'msvc-print-'));
  file = path.join(dir, 'msvc.yaml');
  writeFileSync(file, `${LINES.join('\n')}\n`);
});
afterAll(() => rmSync(dir, { recursive: true }));

function printed(error: unknown, json = false): string {
  const captured = new Captured();
  printError(error, { output: captured.output, json, cwd: dir });
  return captured.text;
}

describe('as text', () => {
  test('a sentence from facts, the place, the excerpt, the hint', async () => {
    const error = new MsvcError('MSVC_PORT_TAKEN', 'unused', {
      facts: { port: 3000, service: 'web', pid: 812, command: 'node old.js', project: null },
      place: { file, line: 4, column: 8, length: 4 },
    });
    await expect(printed(error)).toMatchFileSnapshot('golden/port-taken.txt');
  });

  test('all diagnostics, second places, and how many', async () => {
    const error = new SpecError([
      {
        severity: 'error',
        code: 'unknown-key',
        message: 'unknown key `comand`',
        place: { file, line: 3, column: 5, length: 6 },
        hint: 'did you mean `command`?',
      },
      {
        severity: 'error',
        code: 'duplicate-key',
        message: 'the service `web` is defined twice',
        place: { file, line: 6, column: 3, length: 3 },
        related: [{ message: 'first defined here', place: { file, line: 2, column: 3, length: 3 } }],
      },
      {
        severity: 'warning',
        code: 'long',
        message: 'far to the right',
        place: { file, line: 5, column: 311, length: 4 },
      },
    ]);
    await expect(printed(error)).toMatchFileSnapshot('golden/diagnostics.txt');
  });

  test('a file that cannot be read any more keeps its place', () => {
    const error = new MsvcError('MSVC_LAUNCH_FAILED', 'no', {
      place: { file: path.join(dir, 'gone.yaml'), line: 1, column: 1 },
    });
    expect(printed(error)).toBe('error[MSVC_LAUNCH_FAILED]: no\n --> gone.yaml:1:1\n');
  });

  test('what nobody expected is a bug with its stack', () => {
    const text = printed(new TypeError('x is not a function'));
    expect(text).toMatch(/^error\[MSVC_BUG\]: TypeError: x is not a function\n\s+at /);
    expect(text).toContain('please report this');
  });

  test('a full disk and a closed folder are no bugs', () => {
    expect(dataOf(Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' })).code).toBe('MSVC_DISK_FULL');
    const watch = Object.assign(new Error('ENOSPC'), { code: 'ENOSPC', syscall: 'watch', path: '/a' });
    expect(printed(watch)).toBe(
      'error[MSVC_WATCH_LIMIT]: /a cannot be watched: the system allows no more watches\n' +
        'hint: raise its limit: `sudo sysctl fs.inotify.max_user_watches=<more>`; `msvc doctor` says how many\n',
    );
    expect(dataOf(Object.assign(new Error('EACCES'), { code: 'EACCES' })).code).toBe('MSVC_STATE_UNWRITABLE');
  });
});

test('as JSON: one object on one line, with code, sentence and exit code', () => {
  const text = printed(new MsvcError('MSVC_NOT_RUNNING', 'raw', { facts: { project: 'shop' } }), true);
  expect(text.trim().split('\n')).toHaveLength(1);
  const { error } = JSON.parse(text) as ErrorJson;
  expect(error).toMatchObject({
    code: 'MSVC_NOT_RUNNING',
    message: 'project "shop" is not running',
    facts: { project: 'shop' },
    exitCode: 6,
  });
});

test('the same error in colours says the same words', () => {
  const captured = new Captured({ terminal: true });
  const error = new MsvcError('MSVC_NOT_RUNNING', '');
  printError(error, { output: captured.output, json: false, cwd: dir });
  expect(captured.text).toContain('\u001b[31m');
  expect(captured.text.replace(/\u001b\[\d+m/g, '')).toBe(printed(error));
});

describe('every error', () => {
  test.each(Object.keys(ERRORS) as ErrorCode[])('%s has words that hold without facts too', (code) => {
    const { about, sentence, hint } = ERROR_WORDING[code];
    expect(about).toMatch(/\.$/);
    for (const text of [about, sentence?.({}), hint?.({})]) {
      expect(text ?? '').not.toMatch(/undefined|\[object|null|!(?!\[)/);
    }
    expect([1, 2, 3, 4, 5, 6, 70]).toContain(exitCodeOf(code));
  });
});
