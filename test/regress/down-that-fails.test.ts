/** What cannot be cleared away is an error of `down`, and the engine goes all the same. */
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createRig } from '../rig/msvc-rig.ts';
import { eventually } from '../rig/wait.ts';

test('an engine whose end goes wrong is no engine that nobody can end', async () => {
  await using rig = await createRig({ 'msvc.yaml': 'services: { web: { command: [node, "${PUPPET}"], port: auto } }' });
  await rig.up();
  const [record] = readdirSync(rig.path('.msvc/run')).filter((name) => name.endsWith('.launches'));
  // Something else has its place: it cannot be removed as a file.
  rmSync(rig.path('.msvc/run', record!));
  mkdirSync(rig.path('.msvc/run', record!));
  const down = await rig.msvc(['down']);
  expect(down.code).not.toBe(0);
  await eventually('everything to be gone', () => rig.processes().length === 0);
  rmSync(rig.path('.msvc/run', record!), { recursive: true });
  await rig.up();
});
