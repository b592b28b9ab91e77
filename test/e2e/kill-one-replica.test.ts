/** `msvc kill orders.2` hits that replica and no other. */
import { expect, test } from 'vitest';
import { createRig } from '../rig/msvc-rig.ts';

test('one of two', async () => {
  await using rig = await createRig({
    'msvc.yaml': 'services: { web: { command: [node, "${PUPPET}"], port: auto, replicas: 2 } }',
  });
  await rig.up();
  const pids = async (): Promise<(number | null)[]> => (await rig.ps()).map((row) => row.pid);
  const [one, two] = await pids();
  const events = rig.events();
  expect((await rig.ok(['kill', 'web.2'])).stdout).toContain(`SIGKILL sent to 1 instance: ${two}`);
  const exited = await events.until('instance.exited', { service: 'web' });
  expect(events.causes(exited)).toMatchObject([{ command: 'kill', facts: { targets: ['web.2'], signal: 'SIGKILL' } }]);
  expect((await rig.ok(['why', 'web'])).stdout).toContain('`msvc kill web.2`');
  await events.until('instance.ready', { service: 'web', replica: 2 }, exited.seq);
  const after = await pids();
  expect(after[0]).toBe(one);
  expect(after[1]).not.toBe(two);
  expect((await rig.ok(['kill', 'web.3'])).stderr).toContain('nothing of web.3 runs');
  expect((await rig.msvc(['exec', 'web.3', 'true'])).stderr).toContain('`msvc ps web` lists the replicas that do');
  expect(await rig.msvc(['kill', 'wbe.2'])).toMatchObject({ code: 2 });
});
