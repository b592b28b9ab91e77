/**
 * Node takes an `--env-file` for its own wherever it stands behind the script, and ended with 9 where there was no such
 * file, whoever it was meant for. As `npx` and a shell run it, msvc gets all of its arguments.
 */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { expect, test } from 'vitest';
import { MSVC } from '../rig/cli.ts';
import { createRig } from '../rig/msvc-rig.ts';

test('--env-file, of msvc and of what it runs', async () => {
  await using rig = await createRig({
    'msvc.yaml': 'services: { web: { command: [node, "${PUPPET}"], working_dir: sub, port: auto } }',
    'sub/dev.env': 'WHO=dev\n',
  });
  const env = { ...rig.env, PATH: `${path.dirname(process.execPath)}${path.delimiter}${rig.env.PATH}` };
  const msvc = (...args: string[]) => spawnSync(MSVC, args, { cwd: rig.dir, env, encoding: 'utf8' });
  expect(msvc('up', '--env-file', 'nope.env')).toMatchObject({
    status: 3,
    stderr: expect.stringMatching(/env file .*nope\.env.* does not exist/),
  });
  await rig.up();
  const node = ['node', '--env-file=dev.env', '-p', 'process.env.WHO'];
  expect(msvc('exec', 'web', ...node)).toMatchObject({ status: 0, stdout: 'dev\n' });
  expect(msvc('run', 'web', ...node)).toMatchObject({ status: 0, stdout: 'dev\n' });
});
