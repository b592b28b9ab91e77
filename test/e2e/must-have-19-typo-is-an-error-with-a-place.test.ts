/** Must-have 19: a misspelt key is an error with its place and a suggestion, before anything starts. */
import { expect, test } from 'vitest';
import { createRig } from '../rig/msvc-rig.ts';

test('a misspelt key', async () => {
  await using rig = await createRig({
    'msvc.yaml': `services:
  api:
    comand: node server.js
    route: /
`,
  });
  const up = await rig.msvc(['up', '-d', '--wait']);
  expect(up.code).toBe(3);
  expect(up.stdout).toBe('');
  expect(up.stderr).toContain('msvc.yaml:3:5');
  expect(up.stderr).toMatch(/"?command"?/);
  expect(rig.processes()).toEqual([]);
});
