/** Must-have 16: `up --exit-code-from tests` ends as the tests do, whatever else dies first. */
import { expect, test } from 'vitest';
import { createRig } from '../rig/msvc-rig.ts';

const FILES = (tests: string) => ({
  'msvc.yaml': `
services:
  init:
    command: "exit 0"
    restart: "no"
  flaky:
    command: "exit 5"
    restart: "no"
  api:
    command: [node, "\${PUPPET}"]
  tests:
    command: ${JSON.stringify(tests)}
    port: none
    calls: [api]
    depends_on:
      api: { condition: service_healthy }
      init: { condition: service_completed_successfully }
`,
});

test.each([
  ['exit 0', 0],
  ['exit 7', 7],
  ['kill -TERM $$$$', 128 + 15],
])('tests: %s -> %d', async (command, code) => {
  await using rig = await createRig(FILES(command));
  const up = await rig.msvc(['up', '--exit-code-from', 'tests']);
  expect(up.code).toBe(code);
  expect(rig.processes()).toEqual([]);
});

test('it does not go with -d', async () => {
  await using rig = await createRig(FILES('exit 0'));
  expect((await rig.msvc(['up', '-d', '--exit-code-from', 'tests'])).code).toBe(2);
  expect(rig.processes()).toEqual([]);
});

test.each(['--abort-on-failure', '--abort-on-container-failure'])('%s: exit 1 when one fails', async (flag) => {
  await using rig = await createRig({
    'msvc.yaml': `
services:
  init: { command: "exit 0", restart: "no" }
  api: { command: [node, "\${PUPPET}"] }
  bad: { command: "echo broken; exit 5", restart: "no", depends_on: { api: { condition: service_healthy } } }
`,
  });
  const up = await rig.msvc(['up', flag]);
  expect(up.code).toBe(1);
  expect(`${up.stdout}${up.stderr}`).toContain('broken');
  expect(rig.processes()).toEqual([]);
});

test.each([[[]], [['api']], [['--no-deps', 'api']]])(
  'the service comes along, though not named and in no active profile: %j',
  async (named) => {
    await using rig = await createRig({
      'msvc.yaml': `
services:
  api: { command: [node, "\${PUPPET}"] }
  tests: { command: "exit 7", port: none, profiles: [test], depends_on: { api: { condition: service_healthy } } }
`,
    });
    const up = await rig.msvc(['up', '--exit-code-from', 'tests', ...named]);
    expect(up.code).toBe(7);
    expect(up.stdout).toContain('start api and tests');
    expect(rig.processes()).toEqual([]);
  },
);

const TRAPPED = (code: number): string => `trap 'exit ${code}' TERM; echo it runs; sleep 1000 & wait`;
const PLAIN = 'echo it runs; exec sleep 1000';

test.each([
  [PLAIN, 'SIGINT', 128 + 15],
  [PLAIN, 'SIGTERM', 128 + 15],
  [PLAIN, 'down', 128 + 15],
  [TRAPPED(9), 'SIGTERM', 9],
  [TRAPPED(9), 'down', 9],
  [TRAPPED(0), 'SIGINT', 128 + 2],
  [TRAPPED(0), 'SIGTERM', 128 + 15],
  // It has been asked for its end, not for a failure, and says that all is well.
  [TRAPPED(0), 'down', 0],
] as const)('stopped before it has ended: %s, by %s -> %d', async (command, by, code) => {
  await using rig = await createRig({
    'msvc.yaml': `services: { t: { command: ${JSON.stringify(command)}, restart: "no" } }\n`,
  });
  const up = rig.start(['up', '--exit-code-from', 't']);
  await up.until('it runs');
  if (by === 'down') await rig.ok(['down']);
  else up.signal(by);
  expect((await up.exited).code).toBe(code);
  expect(rig.processes()).toEqual([]);
});

test.each([
  ['SIGTERM', 128 + 15],
  ['down', 1],
] as const)('stopped before it has begun: by %s -> %d', async (by, code) => {
  await using rig = await createRig({
    'msvc.yaml': `
services:
  never: { command: "echo it runs; exec sleep 1000", restart: "no" }
  t: { command: "exit 0", restart: "no", depends_on: { never: { condition: service_completed_successfully } } }
`,
  });
  const up = rig.start(['up', '--exit-code-from', 't']);
  await up.until('it runs');
  if (by === 'down') await rig.ok(['down']);
  else up.signal(by);
  expect((await up.exited).code).toBe(code);
});

test('left behind by a signal, since the system is not its own: never 0', async () => {
  await using rig = await createRig({
    'msvc.yaml': `services: { t: { command: ${JSON.stringify(PLAIN)}, restart: "no" } }\n`,
  });
  const owner = rig.start(['up']);
  await owner.until('it runs');
  const up = rig.start(['up', '--exit-code-from', 't']);
  await up.until('nothing to change');
  up.signal('SIGTERM');
  expect(await up.exited).toMatchObject({ code: 128 + 15, stdout: expect.stringContaining('the system runs on') });
  await rig.ok(['down']);
});

test('beside --abort-on-failure the first failure of another service ends it', async () => {
  await using rig = await createRig({
    'msvc.yaml': `
services:
  other: { command: "exit 5", restart: "no", depends_on: { t: { condition: service_started } } }
  t: { command: "exec sleep 1000", restart: "no" }
`,
  });
  const up = await rig.msvc(['up', '--abort-on-failure', '--exit-code-from', 't']);
  expect(up.code).toBe(1);
  expect(up.stdout).toContain('other failed: stopping the system');
  expect(rig.processes()).toEqual([]);
});
