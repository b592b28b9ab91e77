/** Services are launched while the gateway's thread comes up: when it never does, `up` says so and nothing is left. */
import { expect, test } from 'vitest';
import { createRig } from '../rig/msvc-rig.ts';

const NO_THREAD = `
const { isMainThread } = require('node:worker_threads');
if (!isMainThread) throw new Error('no thread today');
`;

test('up fails of it, and stops what it has launched', async () => {
  await using rig = await createRig({
    'msvc.yaml': 'services: { web: { command: [node, "${PUPPET}"], route: / } }',
    'no-thread.cjs': NO_THREAD,
  });
  const up = await rig.msvc(['up', '-d', '--wait'], {
    env: { NODE_OPTIONS: `--require ${rig.path('no-thread.cjs')}` },
  });
  expect(up).toMatchObject({
    code: expect.not.toSatisfy((code) => code === 0),
    stderr: expect.stringContaining('no thread today'),
  });
  expect(rig.processes()).toEqual([]);
});
