/** Once, --follow went on past --until for ever; where that has passed there is nothing to follow. */
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
