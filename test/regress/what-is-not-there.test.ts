/** What a command names and does not exist is the error, before anything else that is in the way. */
import { expect, test } from 'vitest';
import { createRig } from '../rig/msvc-rig.ts';

const FILES = { 'msvc.yaml': 'services: { web: { command: [node, "${PUPPET}"], port: auto } }' };

test('the environment of a replica that is not to be', async () => {
  await using rig = await createRig(FILES);
  await rig.up();
  const none = await rig.msvc(['env', 'web.9']);
  expect([none.code, none.stdout]).toEqual([2, '']);
  expect(none.stderr).toContain('there is no web.9');
  // One that is stopped is still to be given something.
  await rig.ok(['stop', 'web']);
  expect((await rig.ok(['env', 'web.1'])).stdout).toContain('MSVC_SERVICE');
});

test('a file to import, where there is an msvc.yaml already', async () => {
  await using rig = await createRig(FILES);
  const none = await rig.msvc(['import', 'nope']);
  expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('nope does not exist')]);
});

test('the folder of --project-directory', async () => {
  await using rig = await createRig({ ...FILES, 'a-file': '' });
  for (const [folder, ...command] of [
    ['nope', 'ps'],
    ['a-file', 'up', '-d'],
    ['nope', 'init', '--yes'],
    ['nope', 'db', 'path', 'web'],
  ]) {
    const refused = await rig.msvc(['--project-directory', folder!, ...command]);
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining(`${folder} is no folder`)]);
  }
});
