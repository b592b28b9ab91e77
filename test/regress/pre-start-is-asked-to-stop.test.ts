/** What ran before a service was killed at once by `stop` and `down`: half an `npm ci` is worse than none. */
import { expect, test } from 'vitest';
import { createRig, type Rig } from '../rig/msvc-rig.ts';
import { eventually } from '../rig/wait.ts';

const definition = (hook: string, perReplica: boolean): string => `
services:
  web:
    command: sleep 1000
    stop_signal: SIGINT
    stop_grace_period: 10m
    pre_start: [{ command: [sh, -c, "${hook}"], per_replica: ${perReplica} }]
`;

async function inTheMiddle(hook: string, perReplica: boolean): Promise<Rig> {
  const rig = await createRig({ 'msvc.yaml': definition(`${hook} echo up; while :; do sleep 0.02; done`, perReplica) });
  await rig.ok(['up', '-d']);
  await eventually('the pre_start', async () => (await rig.ok(['logs', '--no-log-prefix'])).stdout.includes('up\n'));
  return rig;
}

for (const perReplica of [false, true]) {
  const whose = perReplica ? 'of a replica' : 'of all replicas';

  test(`one ${whose} has the stop signal of its service, and its time to end`, async () => {
    await using rig = await inTheMiddle("trap 'echo tidied up; exit 1' INT;", perReplica);
    await rig.ok(['stop', 'web']);
    expect((await rig.ok(['logs', '--no-log-prefix'])).stdout).toBe('up\ntidied up\n');
    expect((await rig.ok(['why', 'web'])).stdout).not.toContain('cannot start');
  });

  test(`one ${whose} that goes on is killed when the time is over, and a later \`down -t\` shortens it`, async () => {
    await using rig = await inTheMiddle("trap '' INT;", perReplica);
    const stop = rig.start(['stop', 'web']);
    await rig.events().until('command.received', { command: 'stop' });
    expect((await rig.msvc(['down', '-t', '0'])).code).toBe(0);
    await stop.exited;
    expect(rig.processes()).toEqual([]);
  });
}

test('a second Ctrl-C leaves it no time', async () => {
  await using rig = await createRig({
    'msvc.yaml': definition("trap '' INT; echo begun; while :; do sleep 0.02; done", false),
  });
  const up = rig.start(['up', '--no-tui']);
  await up.until(/begun$/);
  up.signal('SIGINT');
  await up.until('stopping in order');
  up.signal('SIGINT');
  expect((await up.exited).code).toBe(130);
  expect(rig.processes()).toEqual([]);
});
