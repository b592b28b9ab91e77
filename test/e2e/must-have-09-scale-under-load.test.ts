/** Must-have 9: scaling up and down while requests come; none fails, and who goes has finished its own first. */
import { expect, test } from 'vitest';
import { createRig } from '../rig/msvc-rig.ts';

const FILES = {
  'msvc.yaml': `
services:
  web:
    command: [node, "\${PUPPET}"]
    route: /
    healthcheck: { http: /healthz }
`,
};

test.each([true, false])('1 to 5 to 2 (keep-alive: %s)', async (keepAlive) => {
  await using rig = await createRig(FILES);
  await rig.up();
  const load = await rig.load('/?ms=20', { keepAlive, perSecond: 200, clients: 8 });
  await rig.ok(['scale', 'web=5']);
  expect((await rig.ps()).map((row) => row.state)).toEqual(Array(5).fill('ready'));
  for (let replica = 2; replica <= 5; replica++) await load.servedBy((who) => who.startsWith(`web.${replica} `));
  await rig.ok(['scale', 'web=2']);
  expect((await rig.ps()).map((row) => row.replica)).toEqual([1, 2]);
  await load.more(50);
  expect((await load.stop()).failed).toEqual([]);
});

test('a request that is being answered is answered before its replica goes', async () => {
  await using rig = await createRig({
    'msvc.yaml': `
gateway: { balancer: round-robin }
services:
  web: { command: [node, "\${PUPPET}"], route: /, replicas: 2 }
`,
  });
  await rig.up();
  const [one, two] = [await rig.puppet('web', 1), await rig.puppet('web', 2)];
  const events = rig.events();
  const held = [rig.get('/hold'), rig.get('/hold')];
  await Promise.all([one.notice('request'), two.notice('request')]);
  const scale = rig.ok(['scale', 'web=1']);
  await events.until('instance.stopping', { service: 'web', replica: 2, reason: 'scale' });
  expect((await rig.get('/')).headers['x-msvc-replica']).toBe('web.1');
  await two.tell('release');
  await one.tell('release');
  expect((await Promise.all(held)).map((reply) => reply.status)).toEqual([200, 200]);
  await scale;
});
