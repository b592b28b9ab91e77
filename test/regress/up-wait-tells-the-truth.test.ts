/**
 * Once, `up --wait` waited for ever for a server that listened nowhere, and called a job that had not ended yet a
 * success.
 */
import { expect, test } from 'vitest';
import { createRig } from '../rig/msvc-rig.ts';

test('a server that never listens fails the wait after its start_period', async () => {
  await using rig = await createRig({
    'msvc.yaml': `
services:
  deaf: { command: sleep 1000, port: auto, healthcheck: { start_period: 300ms } }
`,
  });
  const up = await rig.msvc(['up', '-d', '--wait']);
  expect(up.code).toBe(1);
  expect(up.stderr).toMatch(/deaf +failed: it was not ready within its start_period: nothing listens on its port \d+/);
});

test('a job that nobody depends on counts when it ends', async () => {
  await using rig = await createRig({
    'msvc.yaml': `
services:
  web: { command: [node, "\${PUPPET}"], port: auto }
  checks: { command: "sleep 1; echo no luck; exit 7", restart: "no" }
`,
  });
  const up = await rig.msvc(['up', '-d', '--wait']);
  expect(up.code).toBe(1);
  expect(up.stderr).toContain('no luck');
  const again = await rig.msvc(['run', 'checks']);
  expect(again).toMatchObject({ code: 7, stdout: 'no luck\n' });
});
