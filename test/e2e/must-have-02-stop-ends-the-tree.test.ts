/** Must-have 2: `down` ends a service with all that it started, whatever SIGTERM means to them. */
import { expect, test } from 'vitest';
import { createRig } from '../rig/msvc-rig.ts';

const FILES = {
  'msvc.yaml': `
name: stubborn
services:
  plain:
    command: [node, "\${PUPPET}"]
    stop_grace_period: 500ms
  shell:
    # A shell that stays between, a child that ignores SIGTERM, and a pipeline.
    command: "node $PUPPET --worker --ignore-term | cat"
    port: none
    stop_grace_period: 500ms
`,
};

test('a grandchild that ignores SIGTERM, one in a session of its own, and a shell pipeline', async () => {
  await using rig = await createRig(FILES);
  await rig.up();
  const plain = await rig.puppet('plain');
  await rig.puppet('shell');
  const inGroup = await plain.tell('leak');
  const outside = await plain.tell('leak', { setsid: true });
  expect(rig.processes().map((one) => one.pid)).toEqual(expect.arrayContaining([plain.pid, inGroup, outside]));

  const events = rig.events();
  await events.until('instance.ready', { service: 'plain' });
  await rig.ok(['down']);
  // At once, not soon: the command returns when what it says has been observed.
  expect(rig.processes().filter((one) => !one.command.includes('events'))).toEqual([]);
  // The command that follows the events is another one: it may have the last of them yet to read.
  for (const service of ['plain', 'shell']) await events.until('instance.forced', { service });
  expect(
    events
      .of('instance.forced')
      .map((event) => event.service)
      .sort(),
  ).toEqual(['plain', 'shell']);
});

test('a service that stops when asked is not forced, and finishes the request it is answering', async () => {
  await using rig = await createRig({
    'msvc.yaml': `
services:
  web:
    command: [node, "\${PUPPET}"]
    route: /
`,
  });
  await rig.up();
  const web = await rig.puppet('web');
  const events = rig.events();
  const answer = rig.get('/hold');
  await web.notice('request');
  const down = rig.ok(['down']);
  await events.until('instance.stopping', { service: 'web' });
  await web.tell('release');
  expect((await answer).status).toBe(200);
  await down;
  expect(events.of('instance.forced')).toEqual([]);
});

test('`stop` of one service ends what had left its group, and says so', async () => {
  await using rig = await createRig(FILES);
  await rig.up();
  const plain = await rig.puppet('plain');
  const daemon = (await plain.tell('leak', { setsid: true })) as number;
  await rig.ok(['stop', 'plain']);
  expect(rig.processes().map((one) => one.pid)).not.toContain(daemon);
  const events = (await rig.ok(['events', 'plain'])).stdout;
  expect(events).toContain(`ended what had left its process group: process ${daemon} (`);
});
