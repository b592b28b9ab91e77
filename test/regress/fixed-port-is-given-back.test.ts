/** A port that the definition does not name any more is free for another project, while this one runs on. */
import { expect, test } from 'vitest';
import { freePort } from '../rig/free-port.ts';
import { createRig } from '../rig/msvc-rig.ts';

const web = (port: number | string, name = 'web'): string =>
  `services:\n  ${name}: { command: [node, "\${PUPPET}"], port: ${port} }\n`;

test.each(['another port', 'another service'])('%s', async (change) => {
  const port = await freePort();
  await using rig = await createRig({ 'msvc.yaml': web(port) });
  const other = rig.project('q', { 'msvc.yaml': web(port) });
  await rig.up();
  const refused = await other.msvc(['up', '-d', '--wait']);
  expect(refused).toMatchObject({ code: 4, stderr: expect.stringContaining('MSVC_PORT_TAKEN') });

  // Stopped is not given up.
  await rig.ok(['stop', 'web']);
  expect((await other.msvc(['up', '-d', '--wait'])).code).toBe(4);
  await rig.ok(['start', 'web']);
  const events = rig.events();

  rig.write('msvc.yaml', change === 'another port' ? web('auto') : web('auto', 'worker'));
  await rig.up();
  await events.until('instance.removed', { service: 'web', replica: 1, instance: 'web.1@1' });
  await other.up();
  expect(await other.ps()).toMatchObject([{ service: 'web', state: 'ready', port }]);
});
