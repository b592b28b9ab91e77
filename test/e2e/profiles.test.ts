/** Profiles that a command line names: a misspelt one is said, and services that cannot run together are refused. */
import { expect, test } from 'vitest';
import { createRig } from '../rig/msvc-rig.ts';

const FILES = {
  'msvc.yaml': `
services:
  api: { command: [node, "\${PUPPET}"], route: / }
  real: { command: [node, "\${PUPPET}"], route: /pay, profiles: [real] }
  mock: { command: [node, "\${PUPPET}"], route: /pay, profiles: [mock], environment: { KEY: "\${MISSING_KEY}" } }
smoke: [{ name: it answers, request: / }]
`,
};
const count = (text: string, part: string): number => text.split(part).length - 1;

test('a profile that no service has is a warning with the nearest one', async () => {
  await using rig = await createRig(FILES);
  const up = await rig.msvc(['up', '-d', '--wait', '--profile', 'moc']);
  expect(up.code).toBe(0);
  expect(up.stderr).toContain('no service has the profile `moc`');
  expect(up.stderr).toContain('did you mean `mock`?');
  expect((await rig.ps()).map(({ service }) => service)).toEqual(['api']);
});

test('alternatives of two profiles are refused together, with both lines, before anything starts', async () => {
  await using rig = await createRig(FILES);
  const up = await rig.msvc(['up', '-d', '--profile', 'real', '--profile', 'mock']);
  expect(up.code).toBe(3);
  expect(up.stderr).toContain('error[route-conflict]');
  expect(up.stderr).toContain('msvc.yaml:4:');
  expect(up.stderr).toContain('msvc.yaml:5:');
  expect(rig.processes()).toEqual([]);
});

test('smoke counts the services that it starts, and says once what is doubtful', async () => {
  await using rig = await createRig(FILES);
  const { code, stdout, stderr } = await rig.msvc(['smoke', '--profile', 'mok']);
  expect(code).toBe(0);
  expect(stdout).toContain(': 1 service\n');
  expect(count(stderr, 'no service has the profile `mok`')).toBe(1);
  expect(count(stderr, '`MISSING_KEY` is not set')).toBe(1);
});
