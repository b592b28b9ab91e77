/**
 * `msvc kill` again and again used to count as failures: the service ended in a crash loop of 30 s. It is asked for: it
 * leads to no loop, and what follows has the command as its cause. A crash of the service's own still counts.
 */
import { expect, test } from 'vitest';
import { createRig } from '../rig/msvc-rig.ts';

test('a service that is killed by hand comes back each time after the first delay', async () => {
  await using rig = await createRig({
    'msvc.yaml': 'services: { web: { command: [node, "${PUPPET}"], port: auto } }\n',
  });
  await rig.up();
  const events = rig.events();
  let web = await rig.puppet('web');
  let ready = await events.until('instance.ready', { service: 'web' });
  for (let time = 0; time < 7; time++) {
    await rig.ok(['kill', 'web']);
    const command = await events.until('command.received', { command: 'kill' }, ready.seq);
    const exited = await events.until('instance.exited', { service: 'web' }, command.seq);
    expect(exited.cause).toBe(command.seq);
    const delayed = await events.until('instance.backing-off', { service: 'web' }, exited.seq);
    expect(delayed).toMatchObject({ attempt: 1, crashLoop: false });
    ready = await events.until('instance.ready', { service: 'web' }, exited.seq);
    web = await rig.puppet('web');
  }
  await web.tell('exit', { code: 1 });
  const crashed = await events.until('instance.exited', { service: 'web' }, ready.seq);
  expect(await events.until('instance.backing-off', { service: 'web' }, crashed.seq)).toMatchObject({ attempt: 1 });
});
