/** Once, an `up --wait` during which somebody stopped the system said that its engine had been lost. */
import { expect, test } from 'vitest';
import { createRig } from '../rig/msvc-rig.ts';

test('who waits while the system is stopped is told so', async () => {
  await using rig = await createRig({
    'msvc.yaml': `
services:
  web: { command: sleep 1000, port: auto }
`,
  });
  const up = rig.start(['up', '-d', '--wait']);
  await up.until('start web');
  await rig.ok(['down']);
  const { stderr, code } = await up.exited;
  expect(code).toBe(1);
  expect(stderr).toContain('error[MSVC_STOPPING]: the system was stopped in the middle of this command');
});
