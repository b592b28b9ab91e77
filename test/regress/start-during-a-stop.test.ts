/** A start that comes while the service is still stopping: the stop runs its course, forced if need be, and then it starts. */
import { expect, test } from 'vitest';
import { createRig } from '../rig/msvc-rig.ts';

test('a start during a stop forgets nothing that is still running', async () => {
  await using rig = await createRig({
    'msvc.yaml': `
services:
  web: { command: [node, "\${PUPPET}"], port: auto, stop_grace_period: 1s }
`,
  });
  await rig.up();
  const events = rig.events();
  const old = await rig.puppet('web');
  await old.tell('ignoreTerm', { value: true });
  const stop = rig.msvc(['stop', 'web']);
  const stopping = await events.until('instance.stopping', { service: 'web' });
  await rig.ok(['start', 'web']);
  const forced = await events.until('instance.forced', { service: 'web' }, stopping.seq);
  const ready = await events.until('instance.ready', { service: 'web' }, stopping.seq);
  expect(ready.seq).toBeGreaterThan(forced.seq);
  await old.gone;
  await stop;
  expect(await rig.ps()).toMatchObject([{ service: 'web', state: 'ready' }]);
  const list = JSON.parse((await rig.ok(['ps', '--json'])).stdout);
  expect(list).toHaveLength(1);
});
