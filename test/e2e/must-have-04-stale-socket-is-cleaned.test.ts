/** Must-have 4: what a killed engine left in the runtime folder does not block the next `up`, which says so. */
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { filesBelow } from '../rig/leftovers.ts';
import { createRig } from '../rig/msvc-rig.ts';
import { eventually } from '../rig/wait.ts';

test('a stale socket', async () => {
  await using rig = await createRig({ 'msvc.yaml': 'services: { web: { command: [node, "${PUPPET}"], port: auto } }' });
  await rig.up();
  const pid = (await rig.engine())?.enginePid as number;
  process.kill(pid, 'SIGKILL');
  await eventually('the engine to be gone', () => !existsSync(`/proc/${pid}/exe`) && rig.processes().length === 0);
  expect(filesBelow(rig.runtimeDir).filter((file) => file.endsWith('.sock'))).toHaveLength(1);

  const up = await rig.up();
  expect(`${up.stdout}${up.stderr}`).toMatch(/cleaned up a stale socket/);
  const events = rig.events();
  await events.until('engine.noticed', { code: 'stale-socket-cleaned' });
});
