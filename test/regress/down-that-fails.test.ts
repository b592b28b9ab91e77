/** What cannot be cleared away is an error of `down`, and the engine goes all the same. */
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import { filesBelow } from '../rig/leftovers.ts';
import { createRig } from '../rig/msvc-rig.ts';
import { eventually } from '../rig/wait.ts';

const FILES = { 'msvc.yaml': 'services: { web: { command: [node, "${PUPPET}"], port: auto } }' };

test('an engine whose end goes wrong is no engine that nobody can end', async () => {
  await using rig = await createRig(FILES);
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

test('nor does it die of it when nobody waits for its end: it leaves as it should, and says why in its log', async () => {
  await using rig = await createRig(FILES);
  await rig.up();
  const [record] = readdirSync(rig.path('.msvc/run')).filter((name) => name.endsWith('.launches'));
  rmSync(rig.path('.msvc/run', record!));
  mkdirSync(rig.path('.msvc/run', record!));
  process.kill((await rig.engine())!.enginePid, 'SIGTERM');
  await eventually('everything to be gone', () => rig.processes().length === 0);
  expect(
    filesBelow(rig.runtimeDir).filter((file) => /\.(?:json|sock|lock)$/.test(file) && !file.endsWith('ports.json')),
  ).toEqual([]);
  expect(readFileSync(rig.path('.msvc/engine.log'), 'utf8')).toContain('the end went wrong');
  rmSync(rig.path('.msvc/run', record!), { recursive: true });
});
