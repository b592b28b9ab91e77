/** A service that msvc gave up since it was not ready in time was told as "ended by SIGTERM", or as completed. */
import { expect, test } from 'vitest';
import { createRig } from '../rig/msvc-rig.ts';

const NOTE = 'was not ready within its start_period';

test.each([
  ['that listens nowhere', 'command: sleep 1000, port: auto, healthcheck: { start_period: 300ms }'],
  [
    'that exits 0 when it is ended',
    `command: [sh, -c, "trap 'exit 0' TERM; while :; do sleep 0.02; done"],
      healthcheck: { test: "exit 1", interval: 50ms, start_period: 300ms }`,
  ],
])('with `restart: no`, of a service %s', async (_which, keys) => {
  await using rig = await createRig({ 'msvc.yaml': `services:\n  late: { restart: "no", ${keys} }\n` });
  const up = await rig.msvc(['up', '-d', '--wait']);
  expect(up.code).toBe(1);
  expect(up.stderr).toMatch(/^late +failed: it was not ready within its start_period/m);
  expect(await rig.ps()).toMatchObject([{ state: 'failed', reason: `late ${NOTE}` }]);
  const texts = [up.stdout + up.stderr, (await rig.ok(['ps'])).stdout];
  expect(texts[1]).toContain(NOTE);
  for (const text of texts) expect(text).not.toContain('SIGTERM');
});
