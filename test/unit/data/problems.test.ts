import { expect, test } from 'vitest';
import { fileProblem } from '../../../src/data/problems.ts';

test('a library that was not built is told in one line, and is no fault of the file', () => {
  const bindings =
    'Could not locate the bindings file. Tried:\n → /p/build/better_sqlite3.node\n → /p/out/better_sqlite3.node';
  const problem = fileProblem(Object.assign(new Error(bindings), { tries: [] }), { file: '/p/.msvc/data/web/web.db' });
  expect(problem).toMatchObject({
    code: 'MSVC_SQLITE_UNAVAILABLE',
    message: 'better-sqlite3: Could not locate the bindings file.',
    facts: { file: '/p/.msvc/data/web/web.db' },
  });
});
