/** `msvc exec` and `msvc run`: a command of yours in the place of a service, with its exit code, and nothing left. */
import { mkdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createRig, type Rig } from '../rig/msvc-rig.ts';
import { eventually } from '../rig/wait.ts';

const DEFINITION = `
services:
  api:
    command: [node, "\${PUPPET}"]
    working_dir: api
    replicas: 2
    calls: [store]
    route: /
    environment: { GREETING: hello }
  store: { command: [node, "\${PUPPET}"], port: auto }
  report:
    command: 'echo "report of $$GREETING from $STORE_URL"; exit 4'
    environment: { GREETING: numbers }
    calls: [store]
    restart: "no"
    profiles: [tools]
`;

async function project(): Promise<Rig> {
  const rig = await createRig({ 'msvc.yaml': DEFINITION });
  mkdirSync(rig.path('api/tests'), { recursive: true });
  return rig;
}

test('exec: folder, environment, streams and exit code of one that runs', async () => {
  await using rig = await project();
  await rig.up();
  expect((await rig.ok(['exec', 'api', 'pwd'])).stdout).toBe(`${rig.path('api')}\n`);
  expect((await rig.ok(['exec', '-w', 'tests', 'api', 'pwd'])).stdout).toBe(`${rig.path('api/tests')}\n`);
  expect((await rig.ok(['exec', 'api', 'printenv', 'GREETING'])).stdout).toBe('hello\n');
  expect((await rig.ok(['exec', '-e', 'GREETING=moin', 'api', 'printenv', 'GREETING'])).stdout).toBe('moin\n');
  expect((await rig.ok(['exec', 'api.2', 'printenv', 'MSVC_REPLICA'])).stdout).toBe('2\n');
  // The edge that `api` has is there too, and leads where its own requests go.
  const asked = await rig.ok(['exec', 'api', 'sh', '-c', 'curl -s "$STORE_URL/echo"']);
  expect(asked.stdout).toContain('"via":"1.1 api~store.msvc"');

  expect((await rig.ok(['exec', 'api', 'cat'], { input: 'through\n' })).stdout).toBe('through\n');
  const both = await rig.msvc(['exec', 'api', 'sh', '-c', 'echo out; echo err >&2; exit 7']);
  expect(both).toMatchObject({ code: 7, stdout: 'out\n', stderr: 'err\n' });
  expect(await rig.msvc(['exec', 'api', 'sh', '-c', 'kill -TERM $$'])).toMatchObject({ code: 143 });

  // Flags after the command are its own; a `--` before it is nobody's.
  expect((await rig.ok(['exec', 'api', 'echo', '--json', '-w'])).stdout).toBe('--json -w\n');
  expect((await rig.ok(['exec', 'api', '--', 'echo', '--', 'x'])).stdout).toBe('-- x\n');
});

test('exec: what cannot be is refused with a hint', async () => {
  await using rig = await project();
  const before = await rig.msvc(['exec', 'api', 'true']);
  expect(before.code).toBe(6);
  await rig.up();
  expect(await rig.msvc(['exec', 'apii', 'true'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('did you mean "api"?'),
  });
  expect(await rig.msvc(['exec', 'api', '--'])).toMatchObject({ code: 2 });
  expect(await rig.msvc(['exec', 'api', 'no-such-program'])).toMatchObject({
    code: 4,
    stderr: expect.stringContaining('no-such-program was not found'),
  });
  await rig.ok(['stop', 'api']);
  const stopped = await rig.msvc(['exec', 'api', 'true']);
  expect(stopped).toMatchObject({ code: 2, stderr: expect.stringContaining('`msvc run api ...`') });
});

test('run: nothing runs: what it calls is brought up for the time of the command, and stopped again', async () => {
  await using rig = await project();
  const asked = await rig.ok(['run', 'api', 'sh', '-c', 'pwd; curl -s "$STORE_URL/echo"']);
  expect(asked.stdout).toContain(`${rig.path('api')}\n`);
  expect(asked.stdout).toContain('"via":"1.1 api~store.msvc"');
  expect(await rig.engine()).toBeUndefined();
  expect(rig.leftovers()).toEqual([]);
  expect(rig.launches('api')).toEqual([]);

  // Its own command where none is given, with its exit code.
  const own = await rig.msvc(['--profile', 'tools', 'run', 'report']);
  expect(own.code).toBe(4);
  expect(own.stdout).toMatch(/report of numbers from http:\/\/127\.0\.0\.1:\d+\n/);
  expect(rig.leftovers()).toEqual([]);

  const alone = await rig.ok(['run', '--no-deps', 'api', '--', 'printenv', 'GREETING']);
  expect(alone.stdout).toBe('hello\n');
  expect(rig.launches('store').length).toBe(2);
});

test('run: a running system is used, and left as it is', async () => {
  await using rig = await project();
  await rig.up();
  const before = await rig.ps();
  expect((await rig.ok(['run', 'api', 'printenv', 'GREETING'])).stdout).toBe('hello\n');
  expect(await rig.msvc(['run', 'api', 'false'])).toMatchObject({ code: 1 });
  expect((await rig.ps()).map((row) => row.pid)).toEqual(before.map((row) => row.pid));
});

test('run: an entrypoint is of containers; of a process it is refused before anything is started', async () => {
  await using rig = await project();
  const refused = { code: 2, stderr: expect.stringContaining('hint: name the program itself: `msvc run api sh`') };
  expect(await rig.msvc(['run', '--entrypoint', 'sh', 'api', '-c', 'true'])).toMatchObject(refused);
  expect(rig.launches('store')).toEqual([]);
  await rig.up();
  expect(await rig.msvc(['run', '--entrypoint', 'sh', 'api', '-c', 'true'])).toMatchObject(refused);
});

test('run: kill -9 of the command ends what it had started', async () => {
  await using rig = await project();
  const run = rig.start(['run', 'api', 'sh', '-c', 'echo begun; exec sleep 600']);
  await run.until('begun');
  const store = await rig.puppet('store');
  run.signal('SIGKILL');
  await store.gone;
  // The command of yours too, and the engine.
  await eventually('nothing to be left', () => rig.processes().length === 0);
  expect(rig.leftovers()).toEqual([]);
});
