/** Once, a new version on a fixed port that came up at its second attempt was "failing (serving previous)" from then on. */
import { expect, test } from 'vitest';
import { freePort } from '../rig/free-port.ts';
import { createRig } from '../rig/msvc-rig.ts';

test('a rollout whose first attempt failed is over when the new version serves', async () => {
  const port = await freePort();
  const file = (command: string): string => `services:\n  a: { command: "${command}", port: ${port} }\n`;
  await using rig = await createRig({ 'msvc.yaml': file('exec node $PUPPET') });
  rig.expectFile('tried');
  await rig.up();
  const events = rig.events();
  rig.write('msvc.yaml', file('test -e tried || { touch tried; exit 3; }; exec node $PUPPET'));
  const up = await rig.msvc(['up', '-d', '--wait']);
  expect(up).toMatchObject({ code: 1, stderr: expect.stringContaining('a.1@2 did not become ready') });
  await events.until('rollout.finished', { service: 'a', generation: 2 });
  expect(await rig.ps()).toMatchObject([{ state: 'ready', serviceState: 'ready' }]);
  await rig.ok(['wait', 'a']);
  expect((await rig.up()).stdout).toContain('nothing to change: 1 service is as the file says');
});
