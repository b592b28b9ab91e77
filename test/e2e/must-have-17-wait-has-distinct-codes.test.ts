/** Must-have 17: `wait` answers by its exit code: 0 it is so, 1 failed, 5 timed out, 6 no such project runs. */
import { expect, test } from 'vitest';
import { createRig } from '../rig/msvc-rig.ts';

test('the four answers', async () => {
  await using rig = await createRig({
    'msvc.yaml': `
services:
  api: { command: [node, "\${PUPPET}"] }
  slow: { command: [node, "\${PUPPET}", --listen-later], port: auto }
  job: { command: "exit 0", restart: "no" }
  broken: { command: "exit 3", restart: "no" }
`,
  });
  expect((await rig.msvc(['wait', 'api'])).code).toBe(6);
  await rig.ok(['up', '-d']);
  const code = async (...args: string[]) => (await rig.msvc(['wait', ...args])).code;
  expect(await code('api', '--for', 'healthy', '--timeout', '60s')).toBe(0);
  expect(await code('job', '--for', 'completed')).toBe(0);
  expect(await code('broken', '--for', 'completed')).toBe(1);
  expect(await code('slow', '--for', 'healthy', '--timeout', '100ms')).toBe(5);
  expect(await code('nobody')).toBe(2);

  const waiting = rig.start(['wait', 'slow']);
  await (await rig.puppet('slow')).tell('listen');
  expect((await waiting.exited).code).toBe(0);
  const stopped = rig.start(['wait', 'api', '--for', 'stopped']);
  await rig.ok(['stop', 'api']);
  expect((await stopped.exited).code).toBe(0);
});
