/** `per_replica` was read from the file and forgotten: such a command ran once, for replica 1, without a port. */
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createRig } from '../rig/msvc-rig.ts';
import { eventually } from '../rig/wait.ts';

const SAYS = 'echo $$MSVC_INSTANCE $$MSVC_REPLICA $${PORT:+with a port} >> ran';

test('it runs before each new replica, with all that the replica is given, and not before a restart', async () => {
  await using rig = await createRig({
    'msvc.yaml': `
services:
  web:
    command: [node, "\${PUPPET}"]
    port: auto
    replicas: 2
    pre_start:
      - { command: "${SAYS}; echo hook for $$MSVC_REPLICA", per_replica: true }
      - { command: "echo once for all >> ran" }
`,
  });
  rig.expectFile('ran');
  const ran = (): string[] => rig.read('ran').trim().split('\n');
  await rig.up();
  expect(ran()[0]).toBe('once for all');
  expect(ran().slice(1).sort()).toEqual(['web.1@1 1 with a port', 'web.2@1 2 with a port']);
  const logs = await rig.ok(['logs', '--no-color']);
  expect(logs.stdout).toMatch(/^web\.1 .*hook for 1$/m);
  expect(logs.stdout).toMatch(/^web\.2 .*hook for 2$/m);

  await rig.ok(['scale', 'web=3']);
  expect(ran().slice(3)).toEqual(['web.3@1 3 with a port']);

  const events = rig.events();
  const web = await rig.puppet('web', 3);
  await web.tell('exit', { code: 1 });
  const exited = await events.until('instance.exited', { service: 'web' });
  await events.until('instance.ready', { service: 'web' }, exited.seq);
  expect(ran().length).toBe(4);

  await rig.ok(['restart', 'web']);
  expect(ran()[4]).toBe('once for all');
  expect(ran().slice(5)).toEqual(['web.1@2 1 with a port', 'web.2@2 2 with a port', 'web.3@2 3 with a port']);
});

test('one that fails keeps its replica from starting; the others serve, and `up` tries it again', async () => {
  await using rig = await createRig({
    'msvc.yaml': `
services:
  web:
    command: [node, "\${PUPPET}"]
    port: auto
    replicas: 2
    pre_start: [{ command: "echo here comes $$MSVC_REPLICA; test -e go || test $$MSVC_REPLICA = 1", per_replica: true }]
`,
  });
  rig.expectFile('go');
  const up = await rig.msvc(['up', '-d', '--wait']);
  expect(up.code).toBe(1);
  expect(up.stderr).toContain('pre_start of web failed');
  expect(up.stderr).toContain('| here comes 2');
  await rig.events().until('instance.ready', { service: 'web', replica: 1 });
  expect(await rig.ps()).toMatchObject([{ replica: 1, state: 'ready', serviceState: 'degraded' }]);
  rig.write('go', '');
  await rig.up();
  expect(await rig.ps()).toMatchObject([{ state: 'ready' }, { state: 'ready' }]);

  const scaled = await rig.msvc(['why', 'web']);
  expect(scaled.stdout).not.toContain('cannot start');
});

test('one that fails in a rollout leaves the old version serving, also where it has to go before the new one is launched', async () => {
  const definition = (hook: string): string => `
services:
  worker: { command: sleep 1000, port: none, pre_start: [{ command: "${hook}", per_replica: true }] }
`;
  await using rig = await createRig({ 'msvc.yaml': definition('true') });
  await rig.up();
  const [before] = await rig.ps();
  rig.write('msvc.yaml', definition('echo no; exit 3'));
  const up = await rig.msvc(['up', '-d', '--wait']);
  expect(up.code).toBe(1);
  expect(up.stderr).toContain('pre_start of worker failed');
  expect(up.stderr).toContain('| no\n');
  expect(await rig.ps()).toMatchObject([{ pid: before!.pid, state: 'ready', serviceState: 'failing' }]);
  rig.write('msvc.yaml', definition('true; true'));
  await rig.up();
  expect(await rig.ps()).toMatchObject([{ state: 'ready', serviceState: 'ready' }]);
});

test('scaled meanwhile it goes on, stopped meanwhile it is ended', async () => {
  const hook = 'echo begun $$MSVC_REPLICA >> ran; while [ ! -e go ]; do sleep 0.02; done; echo done >> ran';
  await using rig = await createRig({
    'msvc.yaml': `
services:
  web: { command: [node, "\${PUPPET}"], port: auto, pre_start: [{ command: "${hook}", per_replica: true }] }
`,
  });
  for (const file of ['ran', 'go']) rig.expectFile(file);
  const ran = (): string => (existsSync(rig.path('ran')) ? rig.read('ran') : '');
  await rig.ok(['up', '-d']);
  await eventually('the pre_start', () => ran() === 'begun 1\n');
  await rig.ok(['stop', 'web']);
  expect(rig.processes().filter(({ command }) => command.includes('begun'))).toEqual([]);
  await rig.ok(['start', 'web']);
  await eventually('the next one', () => ran() === 'begun 1\nbegun 1\n');
  const scale = rig.start(['scale', 'web=2']);
  await eventually('that of the second', () => ran() === 'begun 1\nbegun 1\nbegun 2\n');
  rig.write('go', '');
  expect((await scale.exited).code).toBe(0);
  expect(ran()).toBe('begun 1\nbegun 1\nbegun 2\ndone\ndone\n');
  expect(await rig.ps()).toMatchObject([{ state: 'ready' }, { state: 'ready' }]);
});
