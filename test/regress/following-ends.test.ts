/**
 * Once, --follow went on past --until for ever; where that has passed there is nothing to follow. And once, an orderly end
 * of the system was an error of `events -f`.
 */
import { expect, test } from 'vitest';
import { createRig } from '../rig/msvc-rig.ts';
import { eventually } from '../rig/wait.ts';

test('what is followed ends at --until', async () => {
  await using rig = await createRig({
    'msvc.yaml': `
services:
  web: { command: [node, "\${PUPPET}", --say, "web begins"] }
`,
  });
  await rig.up();
  await eventually('its first words', async () => (await rig.ok(['logs'])).stdout.includes('web begins'));
  expect((await rig.ok(['logs', '-f', '--until', '0s'])).stdout).toContain('web begins');
  expect((await rig.ok(['events', '-f', '--until', '0s'])).stdout).toContain('instance.ready');
  const soon = (): string => new Date(Date.now() + 2_000).toISOString();
  expect((await rig.ok(['logs', '-f', '--until', soon()])).stdout).toContain('web begins');
  expect((await rig.ok(['events', '-f', '--until', soon()])).stdout).toContain('instance.ready');
});

test('what is followed ends with the system, and says whether that was in order', async () => {
  await using rig = await createRig({
    'msvc.yaml': 'services: { web: { command: [node, "${PUPPET}"], port: auto } }',
  });
  await rig.up();
  const orderly = [rig.start(['events', '-f']), rig.start(['events', '-f', '--json']), rig.start(['logs', '-f'])];
  for (const live of orderly.slice(0, 2)) await live.lines.until('what was', ({ text }) => text.includes('ready'));
  await rig.ok(['down']);
  for (const live of orderly) expect(await live.exited).toMatchObject({ code: 0, stderr: '' });
  for (const live of orderly.slice(0, 2)) expect(live.output).toContain('engine.stopped');

  await rig.up();
  const lost = rig.start(['events', '-f']);
  await lost.lines.until('what was', ({ text }) => text.includes('ready'));
  process.kill((await rig.engine())!.enginePid, 'SIGKILL');
  expect(await lost.exited).toMatchObject({ code: 1, stderr: expect.stringContaining('error[MSVC_ENGINE_LOST]') });
});
