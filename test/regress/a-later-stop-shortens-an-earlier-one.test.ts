/** Once, `down -t 1` while another stop ran kept the first one's grace: a person waited ten seconds for one. */
import { expect, test } from 'vitest';
import { createRig } from '../rig/msvc-rig.ts';

const FILES = {
  'msvc.yaml': `
services:
  front:
    command: [node, "\${PUPPET}", --ignore-term]
    port: auto
    stop_grace_period: 100s
    depends_on: [back]
  back:
    command: [node, "\${PUPPET}", --ignore-term]
    port: auto
    stop_grace_period: 100s
`,
};

test.each([
  ['down', ['down']],
  ['stop', ['stop', 'front', 'back']],
])('%s -t, while a %s without it waits', async (_name, command) => {
  await using rig = await createRig(FILES);
  await rig.up();
  const [front, back] = [await rig.puppet('front'), await rig.puppet('back')];
  const first = rig.start(command);
  // Its stop signal has been sent, and the other one's turn has not come.
  await first.until(new RegExp(`front.*process ${front.pid} .*killed in 1 m`));
  await rig.ok([...command, '-t', '500ms']);
  await first.exited;
  await Promise.all([front.gone, back.gone]);
  const graces = (await rig.ok(['events', '--json', '--type', 'instance.stopping'])).stdout;
  expect(graces.match(/"graceMs":\d+/g)).toEqual(['"graceMs":100000', '"graceMs":500']);
});
