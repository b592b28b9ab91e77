/** `depends_on: { x: { restart: true } }` as Compose has it: after a restart of x that was asked for, not after a crash. */
import { expect, test } from 'vitest';
import { createRig } from '../rig/msvc-rig.ts';
import { eventually } from '../rig/wait.ts';

test('what is to restart with a service does, in order and once; a crash restarts nobody else', async () => {
  await using rig = await createRig({
    'msvc.yaml': `
services:
  store: { command: [node, "\${PUPPET}"], port: auto }
  orders:
    command: [node, "\${PUPPET}"]
    port: auto
    depends_on: { store: { condition: service_healthy, restart: true } }
  web:
    command: [node, "\${PUPPET}"]
    port: auto
    depends_on: { orders: { condition: service_started, restart: true }, store: { condition: service_started, restart: true } }
  other: { command: [node, "\${PUPPET}"], port: auto, depends_on: [store] }
`,
  });
  await rig.up();
  const events = rig.events();
  // A launch may be told to us after the command that waited for it has returned.
  const seen = (launches: readonly number[]) =>
    expect.poll(() => ['store', 'orders', 'web', 'other'].map((name) => rig.launches(name).length)).toEqual(launches);
  await seen([1, 1, 1, 1]);

  // Done when it says so: those that follow are up again too.
  await rig.ok(['restart', 'store']);
  await seen([2, 2, 2, 1]);
  const command = await events.until('command.received', { command: 'restart' });
  const finished = await events.until('rollout.finished', { service: 'store' });
  for (const service of ['orders', 'web']) {
    const started = await events.until('rollout.started', { service });
    expect(started).toMatchObject({ reason: 'dependency', cause: command.seq });
    expect(started.seq).toBeGreaterThan(finished.seq);
  }

  // What is named is replaced once, not again for the sake of another one.
  await rig.ok(['restart', 'store', 'orders', 'web']);
  await seen([3, 3, 3, 1]);

  await rig.ok(['restart', '--no-deps', 'store']);
  await seen([4, 3, 3, 1]);

  const store = rig.launches('store').at(-1)!;
  await store.tell('exit', { code: 1 });
  const crashed = await events.until('instance.backing-off', { service: 'store' });
  await events.until('instance.ready', { service: 'store' }, crashed.seq);
  await eventually('the launch after the crash', () => rig.launches('store').length === 5);
  await seen([5, 3, 3, 1]);
  expect(events.of('rollout.started').filter((event) => event.seq > crashed.seq)).toEqual([]);
});
