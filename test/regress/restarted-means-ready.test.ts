/**
 * Once, `restart` said "restarted" of what was still starting, had failed, or had been stopped in the middle of it, and
 * `scale` that it would be so once it is started.
 */
import { expect, test } from 'vitest';
import { createRig } from '../rig/msvc-rig.ts';

const SLOW = 'services:\n  slow: { command: [node, "${PUPPET}", --listen-later], route: / }\n';

async function slowlyUp() {
  const rig = await createRig({ 'msvc.yaml': SLOW });
  await rig.ok(['up', '-d']);
  await (await rig.puppet('slow')).tell('listen');
  await rig.ok(['wait', 'slow']);
  return rig;
}

test('restart of a stopped service returns when it is ready', async () => {
  await using rig = await slowlyUp();
  await rig.ok(['stop', 'slow']);
  const restart = rig.start(['restart', 'slow']);
  const puppet = await rig.puppet('slow');
  expect(await rig.ps()).toMatchObject([{ state: 'starting' }]);
  expect(restart.ended).toBe(false);
  await puppet.tell('listen');
  expect(await restart.exited).toMatchObject({ code: 0, stdout: expect.stringContaining('restarted slow in') });
  expect(await rig.ps()).toMatchObject([{ state: 'ready' }]);
});

test('restart of a job returns when it has ended, and fails with it', async () => {
  await using rig = await createRig({
    'msvc.yaml': `
services:
  fine: { command: [node, "\${PUPPET}"], route: / }
  good: { command: "exit 0", restart: "no", profiles: [b] }
  bad: { command: "exit 3", restart: "no", profiles: [b] }
`,
  });
  await rig.up();
  await rig.ok(['restart', 'good']);
  for (let round = 0; round < 2; round++) {
    const restart = await rig.msvc(['restart', 'bad']);
    expect(restart).toMatchObject({ code: 1, stdout: '' });
    expect(restart.stderr).toContain('bad.1@');
  }
});

test('restart of what waits for something that failed says so', async () => {
  await using rig = await createRig({
    'msvc.yaml': `
services:
  fine: { command: [node, "\${PUPPET}"], route: / }
  bad: { command: "exit 3", restart: "no", profiles: [b] }
  after: { command: sleep 1000, profiles: [b], depends_on: { bad: { condition: service_completed_successfully } } }
`,
  });
  await rig.up();
  expect((await rig.msvc(['restart', 'bad'])).code).toBe(1);
  const restart = await rig.msvc(['restart', 'after']);
  expect(restart.code).toBe(1);
  expect(restart.stderr).toContain('after was not started, because bad, which it waits for, failed');
});

test.each([
  [['down'], 'the system', ['restart', 'slow']],
  [['stop', 'slow'], 'slow', ['restart', 'slow']],
  [['down'], 'the system', ['scale', 'slow=3']],
  [['stop', 'slow'], 'slow', ['scale', 'slow=3']],
])('%j: %s was stopped in the middle of %j', async (stop, what, command) => {
  await using rig = await slowlyUp();
  const asked = rig.start(command);
  await rig.puppet('slow');
  await rig.ok(stop);
  const { code, stdout, stderr } = await asked.exited;
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toContain(`error[MSVC_STOPPING]: ${what} was stopped in the middle of this command`);
});
