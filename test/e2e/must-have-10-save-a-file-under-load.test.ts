/** Must-have 10: saving a file replaces one replica, start first, without a failed request; the event names the file. */
import { expect, test } from 'vitest';
import { createRig } from '../rig/msvc-rig.ts';

const FILES = {
  'app/version.txt': 'one\n',
  'msvc.yaml': `
services:
  web:
    command: [node, "\${PUPPET}", --version-file, version.txt]
    working_dir: app
    route: /
    healthcheck: { http: /healthz }
    develop: { watch: [{ path: app, action: restart }] }
  other:
    command: [node, "\${PUPPET}"]
`,
};

test.each([true, false])('one replica, keep-alive: %s', async (keepAlive) => {
  await using rig = await createRig(FILES);
  await rig.up();
  const before = await rig.ps();
  const events = rig.events();
  const load = await rig.load('/?ms=10', { keepAlive, perSecond: 100 });
  await load.more(10);

  rig.write('app/version.txt', 'two\n');
  const changed = await events.until('watch.changed', { service: 'web' });
  expect(changed.files.join()).toContain('version.txt');
  const finished = await events.until('rollout.finished', { service: 'web' });
  expect(events.causes(finished).map((event) => event.seq)).toContain(changed.seq);
  await load.servedBy((who) => who.endsWith(' two'));
  await load.more(20);
  expect((await load.stop()).failed).toEqual([]);

  // Start first: the old one was asked to stop when the new one was ready.
  const ready = events.of('instance.ready', { service: 'web' }).at(-1);
  const stopping = events.of('instance.stopping', { service: 'web', reason: 'replaced' })[0];
  expect(stopping?.seq).toBeGreaterThan(ready?.seq as number);
  const pid = (service: string) => (rows: typeof before) => rows.find((row) => row.service === service)?.pid;
  const after = await rig.ps();
  expect(pid('other')(after)).toBe(pid('other')(before));
  expect(pid('web')(after)).not.toBe(pid('web')(before));
});

test('two hundred files at once are one reload', async () => {
  await using rig = await createRig(FILES);
  await rig.up();
  const events = rig.events();
  for (let n = 0; n < 200; n++) rig.write(`app/src/${n}.txt`, 'x');
  rig.write('app/version.txt', 'two\n');
  await events.until('rollout.finished', { service: 'web' });
  expect((await rig.get('/')).json()).toMatchObject({ version: 'two' });
  expect(events.of('rollout.started', { service: 'web' })).toHaveLength(1);
});
