/**
 * `msvc down` asks that nothing is left, not that one engine answers: one that goes while it is asked is as good, once
 * what it may have left is cleared away.
 */
import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { filesBelow } from '../rig/leftovers.ts';
import { createRig } from '../rig/msvc-rig.ts';
import { skipIf } from '../rig/skip.ts';
import { eventually } from '../rig/wait.ts';

const SOCKETS = '/proc/net/unix';

test('an engine that ends without an answer', async (context) => {
  skipIf(context, !existsSync(SOCKETS) && 'the system does not list its sockets');
  await using rig = await createRig({
    'msvc.yaml': 'services: { web: { command: [node, "${PUPPET}"], port: auto, database: true } }',
  });
  await rig.up();
  const { enginePid } = (await rig.engine())!;
  const socket = filesBelow(rig.runtimeDir).find((file) => file.endsWith('.sock'))!;
  const connections = () => readFileSync(SOCKETS, 'utf8').split(`${rig.runtimeDir}/${socket}`).length;
  // It is there to connect to, and says nothing.
  process.kill(enginePid, 'SIGSTOP');
  const before = connections();
  const down = rig.start(['down', '-v']);
  await eventually('the command to be connected', () => connections() > before);
  process.kill(enginePid, 'SIGKILL');
  expect(await down.exited).toMatchObject({ code: 0 });
  expect(rig.processes()).toEqual([]);
  expect(filesBelow(rig.path('.msvc'))).toEqual([]);
});
