/** What has left the process group of an instance ends with it, however that comes; what a person runs beside it does not. */
import { expect, test } from 'vitest';
import { createRig } from '../rig/msvc-rig.ts';
import { eventually } from '../rig/wait.ts';

const WEB = 'web: { command: [node, "${PUPPET}"], port: auto }';

test('a daemon does not outlive the crash, the restart or the scaling away of what began it', async () => {
  await using rig = await createRig({ 'msvc.yaml': `services:\n  ${WEB}\n` });
  await rig.up();
  const events = rig.events();
  const lives = (pid: number): boolean => rig.processes().some((one) => one.pid === pid);
  const first = await rig.puppet('web');
  const ofFirst = (await first.tell('leak', { setsid: true })) as number;
  await first.tell('exit', { code: 1 });
  const second = await rig.puppet('web');
  expect(lives(ofFirst)).toBe(false);

  const ofSecond = (await second.tell('leak', { setsid: true })) as number;
  await rig.ok(['restart', 'web']);
  expect(lives(ofSecond)).toBe(false);

  await rig.ok(['scale', 'web=2']);
  const replica = await rig.puppet('web', 2);
  const ofReplica = (await replica.tell('leak', { setsid: true })) as number;
  await rig.ok(['scale', 'web=1']);
  expect(lives(ofReplica)).toBe(false);

  for (const pid of [ofFirst, ofSecond, ofReplica]) {
    await events.until('engine.noticed', ({ code, facts }) => {
      return code === 'left-group' && JSON.stringify(facts.processes).includes(`"${pid} `);
    });
  }
});

test('one that a job has left behind goes when the job is stopped, not before', async () => {
  await using rig = await createRig({
    'msvc.yaml': 'services: { job: { command: "setsid sleep 1000 & exit 0", port: none, restart: no } }',
  });
  await rig.up();
  const daemons = () => rig.processes().filter(({ command }) => command === 'sleep 1000');
  await eventually('the daemon', () => daemons().length === 1);
  expect(await rig.ps()).toMatchObject([{ service: 'job', state: 'completed' }]);
  await rig.ok(['stop', 'job']);
  expect(daemons()).toEqual([]);
});

test('a command that a person runs in its environment goes on', async () => {
  await using rig = await createRig({ 'msvc.yaml': `services:\n  ${WEB}\n` });
  await rig.up();
  const patient = ['web', 'sh', '-c', 'echo begun; read -r line; echo "it was $line"'];
  const commands = ['exec', 'run'].map((verb) => rig.start([verb, ...patient]));
  for (const command of commands) await command.until('begun');
  await rig.ok(['restart', 'web']);
  await rig.ok(['stop', 'web']);
  for (const command of commands) {
    command.stdin.write('typed\n');
    expect(await command.exited).toMatchObject({ code: 0, stdout: 'begun\nit was typed\n' });
  }
});
