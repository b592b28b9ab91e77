/** `msvc exec` and `msvc run` with containers: a person's terminal, input, signals and exit code; nothing left. */
import { expect, test } from 'vitest';
import { ENGINE_ENVIRONMENT, IMAGE, lacksEngine, NOTHING, newProject, whatIsThere } from '../rig/containers.ts';
import { createRig } from '../rig/msvc-rig.ts';
import { lacks, skipIf } from '../rig/skip.ts';
import { eventually } from '../rig/wait.ts';

const definition = (name: string): string => `
name: ${name}
services:
  idle:
    image: "${IMAGE}"
    command: [sh, -c, "echo own command; exec sleep 600"]
    init: true
    port: 8080
    healthcheck: { test: [CMD, test, -d, /data] }
    environment: { WORD: given }
    calls: [host]
    volumes: ["kept:/data"]
  host:
    command: [node, "$PUPPET"]
volumes: { kept: }
`;

test('run: a container of its own, with the environment, volumes and edges of the service', async (context) => {
  skipIf(context, await lacksEngine());
  const name = newProject('fore');
  await using rig = await createRig({ 'msvc.yaml': definition(name) }, ENGINE_ENVIRONMENT);
  await rig.up();
  const before = (await whatIsThere(name)).containers;

  const given = await rig.ok([
    'run',
    '-e',
    'MORE=said',
    'idle',
    'sh',
    '-c',
    'echo $WORD $MORE; echo mine > /data/file',
  ]);
  expect(given.stdout).toBe('given said\n');
  expect((await rig.ok(['exec', 'idle', 'cat', '/data/file'])).stdout).toBe('mine\n');
  const called = await rig.ok(['run', 'idle', 'sh', '-c', 'wget -q -O - $HOST_URL/ > /dev/null && echo answered']);
  expect(called.stdout).toBe('answered\n');
  const failed = await rig.msvc(['run', 'idle', 'sh', '-c', 'echo why >&2; exit 7']);
  expect([failed.code, failed.stderr]).toEqual([7, 'why\n']);
  expect((await rig.msvc(['run', 'idle', 'no-such-program'])).code).toBe(127);
  expect((await rig.msvc(['run', 'idle', 'cat'], { input: 'what is piped in' })).stdout).toBe('what is piped in');
  // The replica that runs stays the same one; the others have gone.
  expect((await whatIsThere(name)).containers).toEqual(before);

  await rig.ok(['down', '-v']);
  expect(await whatIsThere(name)).toEqual(NOTHING);
  // Without a running system it is brought up for the time of the command, and goes with it.
  expect((await rig.ok(['run', '--no-deps', 'idle', 'sh', '-c', 'echo alone'])).stdout).toContain('alone');
  await rig.ok(['down', '-v']);
  expect(await whatIsThere(name)).toEqual(NOTHING);
});

test('run: a signal is passed on; a command that is killed leaves no container', async (context) => {
  skipIf(context, await lacksEngine());
  const name = newProject('fore');
  await using rig = await createRig({ 'msvc.yaml': definition(name) }, ENGINE_ENVIRONMENT);
  await rig.up();
  const others = async (): Promise<readonly string[]> => {
    const { containers } = await whatIsThere(name);
    return containers.filter((one) => one.includes('-0-'));
  };
  const patient = 'trap "echo asked; exit 5" TERM; echo ready; while :; do sleep 0.05; done';
  const asked = rig.start(['run', 'idle', 'sh', '-c', patient]);
  await asked.until('ready');
  asked.signal('SIGTERM');
  expect(await asked.exited).toMatchObject({ code: 5, stdout: 'ready\nasked\n' });
  expect(await others()).toEqual([]);

  const killed = rig.start(['run', 'idle', 'sh', '-c', 'echo ready; sleep 600']);
  await killed.until('ready');
  expect(await others()).toHaveLength(1);
  killed.signal('SIGKILL');
  await eventually('its container to be removed', async () => (await others()).length === 0);
  await rig.ok(['down', '-v']);
  expect(await whatIsThere(name)).toEqual(NOTHING);
});

test('exec and run have a real terminal: its size, resizing, Ctrl-C, its exit code', async (context) => {
  skipIf(context, await lacksEngine());
  skipIf(context, lacks('tmux'));
  const name = newProject('fore');
  await using rig = await createRig({ 'msvc.yaml': definition(name) }, ENGINE_ENVIRONMENT);
  await rig.up();
  const terminal = await rig.terminal({ columns: 90, rows: 25 });
  for (const verb of ['exec', 'run']) {
    await terminal.resize({ columns: 90, rows: 25 });
    await terminal.enter(`clear; msvc ${verb} idle sh`);
    await terminal.until('a shell inside', (screen) => /# *$/.test(screen.trimEnd()));
    await terminal.enter('while busybox stty size; do sleep 0.1; done');
    await terminal.until('its size', (screen) => screen.includes('25 90'));
    await terminal.resize({ columns: 70, rows: 20 });
    await terminal.until('its new size', (screen) => screen.includes('20 70'));
    // Ends the loop inside, not the command that runs it.
    await terminal.press('C-c');
    await terminal.until('the shell again', (screen) => /# *$/.test(screen.trimEnd()));
    await terminal.enter('exit 9');
    await terminal.untilPrompt();
    await terminal.enter('echo code $?');
    await terminal.until('the exit code', (screen) => screen.includes('code 9'));
    expect(await terminal.modes()).toBe('clean');
  }
  await rig.ok(['down', '-v']);
  expect(await whatIsThere(name)).toEqual(NOTHING);
});
