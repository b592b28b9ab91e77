/** What a build's context holds, by Docker's rules. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { contextOf } from '../../../../../src/runtime/drivers/container/context.ts';
import { skipIf } from '../../../../rig/skip.ts';

const BLOCK = 512;

/** Files only, sorted; of a tar as `tar-fs` makes it. */
async function filesIn(context: string, dockerfile = 'Dockerfile', outside: string | null = null): Promise<string[]> {
  const tar = await buffer(contextOf(context, dockerfile, outside));
  const names: string[] = [];
  for (let at = 0; tar[at] !== 0 && at < tar.length; ) {
    const field = (from: number, length: number) =>
      tar
        .subarray(at + from, at + from + length)
        .toString()
        .replace(/\0.*$/s, '');
    if (field(156, 1) === '0') names.push(field(0, 100));
    at += BLOCK + Math.ceil(Number.parseInt(field(124, 12), 8) / BLOCK) * BLOCK;
  }
  return names.sort();
}

async function sentOf(rules: string, files: readonly string[]): Promise<string[]> {
  const context = mkdtempSync(path.join(tmpdir(), 'msvc-context-'));
  try {
    for (const file of ['Dockerfile', ...files]) {
      mkdirSync(path.join(context, path.dirname(file)), { recursive: true });
      writeFileSync(path.join(context, file), file);
    }
    writeFileSync(path.join(context, '.dockerignore'), rules);
    return (await filesIn(context)).filter((file) => !['Dockerfile', '.dockerignore'].includes(file));
  } finally {
    rmSync(context, { recursive: true, force: true });
  }
}

describe('the context of a build', () => {
  it.each([
    ['a folder of a folder', 'deps\n!deps/a/kept\n', ['deps/a/kept']],
    ['any folder of one', 'deps\n!deps/*/kept\n', ['deps/a name/kept', 'deps/a/kept', 'deps/b/kept']],
    ['part of a name', 'deps\n!de?s/?/kept\n', ['deps/a/kept', 'deps/b/kept']],
    ['a class of characters', 'deps\n!deps/[bc]/kept\n', ['deps/b/kept']],
    ['any depth', 'deps\n!**/kept\n', ['deps/a name/kept', 'deps/a/kept', 'deps/b/deep/kept', 'deps/b/kept']],
    ['any depth below one', 'deps\n!deps/b/**/kept\n', ['deps/b/deep/kept', 'deps/b/kept']],
    ['a name with a space', 'deps\n!deps/a name/kept\n', ['deps/a name/kept']],
    [
      'nothing below that',
      'deps\n!deps/*\ndeps/*/other\n',
      ['deps/a name/kept', 'deps/a/kept', 'deps/b/deep/kept', 'deps/b/kept'],
    ],
  ])('takes back what an exception of .dockerignore names: %s', async (_, rules, expected) => {
    const files = ['a/kept', 'a/other', 'b/kept', 'b/deep/kept', 'a name/kept'].map((file) => `deps/${file}`);
    expect(await sentOf(rules, files)).toEqual(expected.sort());
  });

  it('never holds what msvc itself keeps in the project', async () => {
    expect(await sentOf('', ['.msvc/logs/web.log', 'sub/.msvc/data/a.db', 'src/main'])).toEqual(['src/main']);
  });

  it('that breaks off is an error, not a silence', async (context) => {
    // Files there have size 0 and a content: what a file is that grows while it is read.
    const changing = '/proc/sys/kernel/random';
    skipIf(context, existsSync(changing) ? false : `there is no ${changing} here`);
    await expect(filesIn(changing, 'Dockerfile', 'FROM a')).rejects.toThrow('changed while it was read');
  });
});
