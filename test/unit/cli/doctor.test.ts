/** `msvc doctor` against this machine and against projects that lack something. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Finding } from '../../../src/cli/doctor/check.ts';
import { CHECKS } from '../../../src/cli/doctor/index.ts';
import { definition, programs } from '../../../src/cli/doctor/project.ts';
import { Captured } from './capture.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'msvc-doctor-'));
});
afterAll(() => rmSync(dir, { recursive: true }));

const context = (cwd: string) => ({
  cwd,
  env: { PATH: process.env.PATH },
  out: new Captured().output,
  err: new Captured().output,
  globals: { files: [], projectName: undefined, profiles: [], envFiles: [], ansi: 'auto' as const },
});

test('every check has a name of its own and an answer on this machine', async () => {
  expect(new Set(CHECKS.map((check) => check.name)).size).toBe(CHECKS.length);
  writeFileSync(path.join(dir, 'msvc.yaml'), 'services: { a: { command: [node, a.js] } }\n');
  for (const check of CHECKS) {
    const found = await check.run(context(dir));
    for (const finding of [found].flat() as Finding[]) expect(finding.detail, check.name).not.toBe('');
  }
});

test('programs of services: found with their version, missing with who needs them', async () => {
  const services = [
    'a: { command: node a.js }',
    'b: { command: [node, b.js] }',
    'c: { command: "no-such-program --x" }',
    'd: { command: "cd sub && ./run" }',
  ];
  writeFileSync(path.join(dir, 'msvc.yaml'), `services:\n${services.map((s) => `  ${s}\n`).join('')}`);
  const found = (await programs.run(context(dir))) as Finding[];
  expect(found).toContainEqual({ status: 'ok', detail: `node ${process.versions.node}, for a and b`, hint: null });
  expect(found).toContainEqual(
    expect.objectContaining({ status: 'problem', detail: 'no-such-program is not installed; c needs it' }),
  );
});

test('a script of the project is looked at, never run', async () => {
  const traced = path.join(dir, 'ran');
  writeFileSync(path.join(dir, 'load.sh'), `#!/bin/sh\necho ran > ${traced}\n`, { mode: 0o755 });
  writeFileSync(path.join(dir, 'plain.sh'), '#!/bin/sh\n', { mode: 0o644 });
  writeFileSync(
    path.join(dir, 'msvc.yaml'),
    'services:\n  a: { command: ./load.sh }\n  b: { command: [./plain.sh] }\n  c: { command: ./none.sh }\n',
  );
  const found = (await programs.run(context(dir))) as Finding[];
  expect(found).toMatchObject([
    { status: 'ok', detail: 'load.sh, for a' },
    { status: 'problem', detail: `${dir}/plain.sh is not executable; b needs it` },
    { status: 'problem', detail: `${dir}/none.sh is not there; c needs it` },
  ]);
  expect(existsSync(traced)).toBe(false);
});

test('a wrong file is a problem, none is only worth a word', async () => {
  writeFileSync(path.join(dir, 'msvc.yaml'), 'services: { a: { comand: x } }\n');
  expect(await definition.run(context(dir))).toMatchObject({ status: 'problem' });
  expect(await programs.run(context(dir))).toEqual([]);
  expect(await definition.run(context('/'))).toMatchObject({ status: 'warning' });
});
