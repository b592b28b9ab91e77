/**
 * Once, `up --wait` waited for ever for a server that listened nowhere, and called a job that had not ended yet a
 * success, and up what had died with a child of it still there.
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

test('one whose program has died is not up while what it had started is still being ended', async () => {
  await using rig = await createRig({
    'msvc.yaml': `
services:
  web:
    command: "(trap '' TERM; exec sleep 1000) & exec sleep 1001"
    port: none
    stop_grace_period: 10m
`,
  });
  await rig.up();
  const events = rig.events();
  const launched = await events.until('instance.launched', { service: 'web' });
  process.kill(launched.pid, 'SIGKILL');
  const exited = await events.until('instance.exited', { service: 'web' });
  expect(await rig.ps()).toMatchObject([{ service: 'web', state: 'stopping', serviceState: 'stopping' }]);
  const waiting = await rig.msvc(['wait', 'web', '--timeout', '0']);
  expect(waiting.stdout + waiting.stderr).toContain('MSVC_WAIT_TIMEOUT');

  const child = rig.processes().find(({ command }) => command === 'sleep 1000')!;
  process.kill(child.pid, 'SIGKILL');
  await events.until('instance.ready', { service: 'web' }, exited.seq);
  await rig.ok(['wait', 'web']);
  await rig.ok(['down', '-t', '1']);
});
