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
