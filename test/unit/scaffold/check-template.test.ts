/** `msvc template check`: each of msvc's own templates is right, and each kind of mistake is told with its place. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { checkTemplate } from '../../../src/scaffold/template/check.ts';
import { builtInTemplates } from '../../../src/scaffold/template/find.ts';

test.each(builtInTemplates())('$name is right', async (folder) => {
  const { diagnostics, combinations } = await checkTemplate(folder);
  expect(diagnostics).toEqual([]);
  expect(combinations).toBeGreaterThan(0);
});

const RIGHT: Readonly<Record<string, string>> = {
  'template.yaml': 'summary: a service of ours\ndatabase: optional\n',
  'service.yaml': 'command: ./run\nhealthcheck: { http: / }\n',
  'files/run': '#!/bin/sh\n',
};

async function mistakes(
  files: Readonly<Record<string, string | undefined>>,
  prepare = (_dir: string) => {},
): Promise<string[]> {
  const dir = realpathSync(mkdtempSync(path.join(tmpdir(), 'msvc-check-')));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  for (const [name, text] of Object.entries({ ...RIGHT, ...files })) {
    if (text === undefined) continue;
    mkdirSync(path.dirname(path.join(dir, name)), { recursive: true });
    writeFileSync(path.join(dir, name), text);
  }
  prepare(dir);
  const { diagnostics } = await checkTemplate({ name: 'ours', dir });
  return diagnostics.map(
    ({ severity, place, message, hint }) =>
      `${severity} ${path.relative(dir, place?.file ?? '')}:${place?.line} ${message}${hint === undefined ? '' : ` (${hint})`}`,
  );
}

describe('a template of yours', () => {
  test('is right', async () => {
    expect(await mistakes({})).toEqual([]);
  });

  test.each<[string, Readonly<Record<string, string | undefined>>, string[]]>([
    [
      'no manifest, no entry, no files',
      { 'template.yaml': undefined, 'service.yaml': undefined, 'files/run': undefined },
      [
        'error template.yaml:1 template.yaml is missing: the manifest of the template',
        'error service.yaml:1 service.yaml is missing: the entry that goes into msvc.yaml',
      ],
    ],
    [
      'no files',
      { 'files/run': undefined },
      ['error files:1 `files/` is missing or empty: what a new service consists of'],
    ],
    [
      'a manifest with mistakes',
      { 'template.yaml': 'sumary: x\nroute: api\n' },
      [
        'error template.yaml:1 the manifest needs `summary`',
        'error template.yaml:1 unknown key `sumary` in the manifest (did you mean `summary`?)',
        'error template.yaml:2 `route`: Invalid string: must start with "/"',
      ],
    ],
    [
      'placeholders',
      { 'files/a.txt': 'x\n__SERVIC__\n# msvc:if\n' },
      [
        'error files/a.txt:2 `__SERVIC__` is not a placeholder (did you mean `__SERVICE__`?)',
        'error files/a.txt:3 `msvc:if` needs a word (known here: calls, database, route)',
        'error files/a.txt:3 `msvc:if` has no `msvc:end`',
      ],
    ],
    [
      'an entry that msvc does not take',
      { 'service.yaml': 'comand: ./run\n' },
      ['error service.yaml:1 once generated: unknown key `comand` in service `sample` (did you mean `command`?)'],
    ],
    [
      'an entry that is wrong in one combination',
      { 'service.yaml': 'command: ./run\n# msvc:if database\ndatabase: { migrations: nowhere }\n# msvc:end\n' },
      [
        'warning service.yaml:1 once generated: the folder of migrations `nowhere` does not exist (a path is relative to the file it is written in, or to working_dir)',
      ],
    ],
    [
      'a worker with a port',
      { 'template.yaml': 'summary: a worker of ours\nlistens: false\n' },
      ['error service.yaml:1 `listens: false`, but the service gets a port (write `port: none` in service.yaml)'],
    ],
    [
      'names that meet',
      { 'files/sample.txt': 'a', 'files/__SERVICE__.txt': 'b' },
      ['error files/sample.txt:1 two files become `sample.txt`'],
    ],
  ])('%s', async (_what, files, expected) => {
    expect((await mistakes(files)).sort()).toEqual(expected.sort());
  });

  test('one that extends another has what it has not itself, and leaves out what it says', async () => {
    const base = {
      'base/template.yaml': 'summary: for others\nroute: /base\n',
      'base/files/run': 'old',
      'base/files/gone': '',
    };
    const own = { 'template.yaml': 'summary: a service of ours\nextends: ./base\nwithout: [gone]\n' };
    expect(await mistakes({ ...own, ...base })).toEqual([]);
    expect(
      await mistakes({ ...own, ...base, 'service.yaml': undefined, 'base/service.yaml': 'comand: ./run\n' }),
    ).toEqual([
      'error base/service.yaml:1 once generated: unknown key `comand` in service `sample` (did you mean `command`?)',
    ]);
    expect(await mistakes({ ...own, ...base, 'base/files/gone': undefined })).toEqual([
      'error template.yaml:1 `without: gone` leaves out nothing: what it extends has no such file',
    ]);
    expect(await mistakes({ ...own, ...base, 'base/template.yaml': 'summary: for others\nextends: ..\n' })).toEqual([
      'error base/template.yaml:2 `extends: ..` leads back to this template',
    ]);
    expect(await mistakes({ 'template.yaml': 'summary: a service of ours\nextends: pyton\n' })).toEqual([
      'error template.yaml:2 there is no template "pyton" (did you mean "python"?)',
    ]);
  });

  test('links lead nowhere', async () => {
    const found = await mistakes({}, (dir) => symlinkSync('/etc/hostname', path.join(dir, 'files/link')));
    expect(found).toEqual(['error files/link:1 link is neither a file nor a folder']);
  });
});
