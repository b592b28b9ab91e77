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
  // What would have been asked of the others stands before this.
  await rig.ok(['restart', 'other']);
  await events.until('rollout.finished', { service: 'other' }, crashed.seq);
  await seen([5, 3, 3, 2]);
  const rollouts = events.of('rollout.started').filter((event) => event.seq > crashed.seq);
  expect(rollouts.map(({ service }) => service)).toEqual(['other']);
});

test('who depends on two that are replaced restarts once, when both are there', async () => {
  const yaml = (version: number) => `
services:
  left: { command: [node, "\${PUPPET}"], port: auto, environment: { V: "${version}" } }
  right: { command: [node, "\${PUPPET}"], port: auto, environment: { V: "${version}" } }
  # Between the two and the last one, and not ready at once.
  middle:
    command: [node, "\${PUPPET}", --unready]
    port: auto
    healthcheck: { http: /healthz, interval: 50ms }
    depends_on: { right: { condition: service_started, restart: true } }
  web:
    command: [node, "\${PUPPET}"]
    port: auto
    depends_on:
      left: { condition: service_started, restart: true }
      middle: { condition: service_started, restart: true }
`;
  await using rig = await createRig({ 'msvc.yaml': yaml(1) });
  const ready = async (launch: number) => {
    await eventually(`launch ${launch} of middle`, () => rig.launches('middle').length === launch);
    return rig.launches('middle').at(-1)!;
  };
  const up = rig.up();
  await (await ready(1)).tell('ready', { value: true });
  await up;
  const events = rig.events();

  // By a new definition, and by a command.
  const ways: (() => Promise<unknown>)[] = [
    () => {
      rig.write('msvc.yaml', yaml(2));
      return rig.up();
    },
    () => rig.ok(['restart', 'left', 'right']),
  ];
  for (const [index, way] of ways.entries()) {
    const after = events.all.at(-1)?.seq ?? 0;
    const done = way();
    await events.until('rollout.finished', { service: 'left' }, after);
    const middle = await ready(index + 2);
    // The one that it follows is not there yet: a fence, and nobody has asked it to restart.
    await rig.ok(['scale', `left=${index + 2}`]);
    await events.until('service.scaled', { service: 'left' }, after);
    const ofWeb = () => events.of('rollout.started').filter(({ service, seq }) => service === 'web' && seq > after);
    expect(ofWeb()).toEqual([]);
    await middle.tell('ready', { value: true });
    const settled = await events.until('rollout.finished', { service: 'middle' }, after);
    const finished = await events.until('rollout.finished', { service: 'web' }, settled.seq);
    await done;
    await rig.ok(['scale', 'left=1']);
    await events.until('service.scaled', { service: 'left' }, finished.seq);
    expect(ofWeb()).toHaveLength(1);
  }
});
