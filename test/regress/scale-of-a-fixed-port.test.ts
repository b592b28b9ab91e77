/** Once, `up --scale` started two replicas on one fixed port, of which one died of it, where `scale` had refused to. */
import { expect, test } from 'vitest';
import { freePort } from '../rig/free-port.ts';
import { createRig } from '../rig/msvc-rig.ts';

test('several replicas on a fixed port are refused before anything is started', async () => {
  const port = await freePort();
  await using rig = await createRig({
    'msvc.yaml': `
services:
  a: { command: [node, "\${PUPPET}"], port: ${port} }
`,
  });
  const refused = {
    code: 2,
    stdout: '',
    stderr: expect.stringContaining(`a has the fixed port ${port}: two processes cannot hold one port`),
  };
  const commands = [
    ['up', '--dry-run', '--scale', 'a=2'],
    ['up', '-d', '--wait', '--scale', 'a=2'],
    ['up', '--scale', 'a=2'],
  ];
  for (const command of commands) expect(await rig.msvc(command)).toMatchObject(refused);
  expect(rig.launches('a')).toEqual([]);
  expect(rig.processes()).toEqual([]);
  await rig.up('--scale', 'a=1');
  for (const command of [...commands, ['scale', 'a=2']]) expect(await rig.msvc(command)).toMatchObject(refused);
  expect(await rig.ps()).toMatchObject([{ service: 'a', replica: 1, state: 'ready', restarts: 0 }]);
});
