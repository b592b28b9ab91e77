/**
 * Once, `up --wait` and `wait` waited for ever, and `scale` spoke of success, while one replica of a service kept failing
 * beside others that were ready.
 */
import { expect, test } from 'vitest';
import { createRig, type Rig } from '../rig/msvc-rig.ts';

const yaml = (replicas: number, restart = 'on-failure'): string => `
services:
  a:
    command: "test $$MSVC_REPLICA = 1 || exit 3; exec node $PUPPET"
    route: /
    replicas: ${replicas}
    restart: "${restart}"
`;

const untilItLoops = (rig: Rig) => rig.events().until('instance.backing-off', { instance: 'a.2@1', crashLoop: true });

test('up --wait and wait fail when one replica keeps failing, and name it', async () => {
  await using rig = await createRig({ 'msvc.yaml': yaml(2) });
  const up = await rig.msvc(['up', '-d', '--wait']);
  expect(up.code).toBe(1);
  expect(up.stderr).toContain('a  failed: a.2 keeps failing: exited 3');
  await untilItLoops(rig);
  for (const services of [[], ['a']]) {
    const wait = await rig.msvc(['wait', '--for', 'healthy', ...services]);
    expect(wait.code).toBe(1);
    expect(wait.stderr).toContain('a.2 keeps failing: exited 3');
  }
});

test('one that is not restarted is named too', async () => {
  await using rig = await createRig({ 'msvc.yaml': yaml(2, 'no') });
  const up = await rig.msvc(['up', '-d', '--wait']);
  expect(up.code).toBe(1);
  expect(up.stderr).toContain('a  failed: a.2: ');
});
