/** Must-have 10: saving a file replaces one replica, start first, without a failed request; the event names the file. */
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createRig } from '../rig/msvc-rig.ts';
import { lacks, skipIf } from '../rig/skip.ts';

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

test('a git checkout is one reload', async (context) => {
  skipIf(context, lacks('git'));
  await using rig = await createRig(FILES);
  const git = (...args: readonly string[]): void => {
    const identity = ['-c', 'user.name=rig', '-c', 'user.email=rig@example.invalid'];
    execFileSync('git', [...identity, ...args], { cwd: rig.path('app'), stdio: 'ignore' });
  };
  git('init', '-b', 'one');
  for (let n = 0; n < 300; n++) rig.write(`app/src/${n % 30}/${n}.txt`, 'one');
  git('add', '.');
  git('commit', '-m', 'one');
  git('checkout', '-b', 'two');
  for (let n = 0; n < 300; n++) rig.write(`app/src/${n % 30}/${n}.txt`, 'two');
  rig.write('app/version.txt', 'two\n');
  git('commit', '-am', 'two');
  git('checkout', 'one');
  await rig.up();
  const events = rig.events();
  git('checkout', 'two');
  await events.until('rollout.finished', { service: 'web' });
  expect((await rig.get('/')).json()).toMatchObject({ version: 'two' });
  expect(events.of('watch.changed', { service: 'web' })).toMatchObject([{ count: 301 }]);
  rmSync(rig.path('app/.git'), { recursive: true });
});
