/**
 * Once, a request to a service that was scaled to none waited half a minute for what nobody had asked for; and a scale
 * of a stopped service was told as if it had been done, with an event that it had stopped once more.
 */
import { expect, test } from 'vitest';
import { createRig } from '../rig/msvc-rig.ts';

test('none wanted is none expected: the gateway answers at once, and start says what is missing', async () => {
  await using rig = await createRig({
    'msvc.yaml': `
services:
  web: { command: [node, "\${PUPPET}"], route: / }
`,
  });
  await rig.up();
  await rig.ok(['scale', 'web=0']);
  const answer = await rig.get('/');
  expect(answer.status).toBe(503);
  expect(JSON.parse(answer.body).msvc.code).toBe('stopped');
  expect((await rig.ok(['start', 'web'])).stderr).toContain('`msvc scale web=1` gives it one');
});

test('a stopped service that is scaled stays stopped, and that is what is said', async () => {
  await using rig = await createRig({
    'msvc.yaml': `
services:
  web: { command: [node, "\${PUPPET}"] }
`,
  });
  await rig.up();
  await rig.ok(['stop', 'web']);
  const scaled = await rig.ok(['scale', 'web=2']);
  expect(scaled.stdout).toBe('web: 2 once it is started: `msvc start web`\n');
  const events = (await rig.ok(['events', '--json', '--type', 'service.stopped'])).stdout.trim().split('\n');
  expect(events).toHaveLength(1);
  expect((await rig.ok(['start', 'web', '--wait'])).stdout).toBe('starting web\n');
  expect(await rig.ps()).toHaveLength(2);
  const again = await rig.ok(['start', 'web']);
  expect(again).toMatchObject({ stdout: '', stderr: 'there was nothing to start\n' });
});
