/** The container engine goes away in the middle and comes back: told, shown, asked again, and everything runs once more. */
import { expect, test } from 'vitest';
import { IMAGE, lacksEngine } from '../rig/containers.ts';
import { createRig } from '../rig/msvc-rig.ts';
import { lacksOwnEngine, OwnEngine } from '../rig/own-engine.ts';
import { skipIf } from '../rig/skip.ts';
import { eventually } from '../rig/wait.ts';

const DEFINITION = `
name: away${process.pid}
services:
  web:
    image: "${IMAGE}"
    command: [sh, -c, "echo served > /www/index.html; echo begun; exec httpd -f -p 8080 -h /www"]
    init: true
    port: 8080
    route: /
    healthcheck: { http: /index.html, interval: 500ms }
  host:
    command: [node, "$PUPPET"]
    route: /host
`;

test.for([
  ['stopped and started again', 'SIGTERM', false],
  ['killed and started again', 'SIGKILL', false],
  ['killed, its containers running on', 'SIGKILL', true],
] as const)('%s', async ([, signal, liveRestore], context) => {
  skipIf(context, await lacksEngine());
  skipIf(context, lacksOwnEngine());
  await using own = await OwnEngine.open({ liveRestore });
  await using rig = await createRig({ 'msvc.yaml': DEFINITION }, { DOCKER_HOST: own.host });
  await rig.up();
  expect((await rig.get('/index.html')).body).toBe('served\n');
  const events = rig.events();
  const before = await containersOf(own);

  await own.stop(signal);
  const lost = await events.until('containers.lost');
  expect((await rig.msvc(['ps'])).stderr).toContain('The container engine has been away for');
  // What is no container does not notice.
  expect((await rig.get('/host')).status).toBe(200);

  await own.start();
  const restored = await events.until('containers.restored', {}, lost.seq);
  if (liveRestore) {
    expect(await containersOf(own)).toEqual(before);
  } else {
    await events.until('instance.ready', { service: 'web' }, lost.seq);
    expect(await containersOf(own)).toHaveLength(1);
    expect(await containersOf(own)).not.toEqual(before);
  }
  expect((await rig.get('/index.html')).body).toBe('served\n');
  expect((await rig.msvc(['ps'])).stderr).toBe('');

  // Its events are followed again: what somebody else does is noticed at once.
  const [id] = await containersOf(own);
  await own.docker.getContainer(id!).kill();
  const exited = await events.until('instance.exited', { service: 'web' }, restored.seq);
  await events.until('instance.ready', { service: 'web' }, exited.seq);
  await rig.ok(['down']);
  expect(await containersOf(own)).toEqual([]);
});

async function containersOf(own: OwnEngine): Promise<string[]> {
  return (await own.docker.listContainers({ all: true })).map(({ Id }) => Id);
}

test('what was given up while it was away goes when it is back: the container runs on without anybody', async (context) => {
  skipIf(context, await lacksEngine());
  skipIf(context, lacksOwnEngine());
  await using own = await OwnEngine.open({ liveRestore: true });
  await using rig = await createRig({ 'msvc.yaml': DEFINITION }, { DOCKER_HOST: own.host });
  await rig.up();
  const [before] = await containersOf(own);
  const events = rig.events();
  await own.stop('SIGKILL');
  const lost = await events.until('containers.lost');
  const restarting = rig.start(['kill', 'web']);
  await events.until('instance.exited', { service: 'web' }, lost.seq);
  await own.start();
  await events.until('instance.ready', { service: 'web' }, lost.seq);
  await restarting.exited;
  await eventually('the one that was given up to be gone', async () => !(await containersOf(own)).includes(before!));
  expect(await containersOf(own)).toHaveLength(1);
  await rig.ok(['down']);
  expect(await containersOf(own)).toEqual([]);
});
