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

test('scale fails when the replica that it adds does not become ready', async () => {
  await using rig = await createRig({ 'msvc.yaml': yaml(1) });
  await rig.up();
  const scale = await rig.msvc(['scale', 'a=2']);
  expect(scale).toMatchObject({ code: 1, stdout: '' });
  expect(scale.stderr).toContain('a.2@1 did not become ready');
  expect(await rig.ps()).toMatchObject([{ state: 'ready' }, { replica: 2 }]);
  expect((await rig.ok(['scale', 'a=1'])).stdout).toBe('a: 1\n');
});

test('scale fails, too, where what would serve is a version that does not come up', async () => {
  const file = (command: string): string =>
    `services:\n  a: { command: "${command}", route: /, environment: { VERSION: "2" } }\n`;
  await using rig = await createRig({ 'msvc.yaml': file('exec node $PUPPET') });
  await rig.up();
  rig.write('msvc.yaml', file('exit 3'));
  expect((await rig.msvc(['up', '-d', '--wait'])).code).toBe(1);
  expect(await rig.ps()).toMatchObject([{ state: 'ready', serviceState: 'failing' }]);
  const scale = await rig.msvc(['scale', 'a=2']);
  expect(scale).toMatchObject({ code: 1, stdout: '' });
  expect(scale.stderr).toMatch(/a\.\d@2 did not become ready/);
  // Nothing is lacking then, whatever became of the new version.
  expect((await rig.ok(['scale', 'a=1'])).stdout).toBe('a: 1\n');
});

test('a replica that has crashed while another is added is waited for', async () => {
  await using rig = await createRig({
    'msvc.yaml': 'services:\n  a: { command: [node, "${PUPPET}", --listen-later], route: / }\n',
  });
  await rig.ok(['up', '-d']);
  const first = await rig.puppet('a');
  await first.tell('listen');
  await rig.ok(['wait', 'a']);
  const told = rig.events();
  const scale = rig.start(['scale', 'a=2']);
  const second = await rig.puppet('a', 2);
  await first.tell('exit', { code: 1 });
  await told.until('instance.backing-off', { instance: 'a.1@1' });
  await second.tell('listen');
  const again = await rig.puppet('a', 1);
  await told.until('instance.ready', { instance: 'a.2@1' });
  await again.tell('listen');
  expect(await scale.exited).toMatchObject({ code: 0 });
  expect(await rig.ps()).toMatchObject([{ state: 'ready' }, { state: 'ready' }]);
});
