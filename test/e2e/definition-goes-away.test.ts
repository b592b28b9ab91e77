/**
 * A definition that changes under a system that runs: followed, refused, renamed, taken away, moved with its folder.
 * What runs is never out of reach.
 */
import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createRig } from '../rig/msvc-rig.ts';

const FILE = (name: string, ...services: readonly string[]) =>
  `name: ${name}\nservices:\n${services.map((service) => `  ${service}: { command: [node, "\${PUPPET}"] }\n`).join('')}`;

test('--watch-config: the plan is told before what comes of it; a wrong file and another name change nothing', async () => {
  await using rig = await createRig({ 'msvc.yaml': FILE('one', 'web', 'api') });
  const up = rig.start(['up', '--watch-config', '--no-tui']);
  await up.until(/^web\.1 +ready/);

  rig.write('msvc.yaml', 'services: [');
  await up.until('the definition changed, but is wrong; the system stays as it is');
  rig.write('msvc.yaml', FILE('two', 'front', 'api'));
  await up.until('the name changed from one to two');
  rig.write('msvc.yaml', FILE('one', 'front', 'api'));
  await up.until(/^front\.1 +ready/);
  await up.until(/^web +no longer part of the system/);
  const said = up.output;
  expect(said.indexOf('the definition changed: start front and remove web')).toBeGreaterThan(0);
  expect(said.indexOf('the definition changed: start front')).toBeLessThan(said.search(/^web\.1 +stopped/m));
  expect(said).not.toContain('stopped on request');

  await rig.ok(['down']);
  const { stdout } = await up.exited;
  // As it was, not as it is while it stops.
  expect(stdout).toMatch(/^api +ready/m);
  expect(stdout).toMatch(/^front +ready/m);
});

test('under another name than the running one nothing is started, unless the command line gives it', async () => {
  await using rig = await createRig({ 'msvc.yaml': FILE('one', 'web') });
  await rig.up();
  const engine = await rig.engine();
  rig.write('msvc.yaml', FILE('two', 'web'));
  const refused = await rig.msvc(['up', '-d']);
  expect(refused.code).toBe(4);
  expect(refused.stderr).toContain(
    'error[MSVC_FOLDER_IN_USE]: two cannot start: the system of this folder runs as one',
  );
  expect((await rig.ok(['ls', '--json'])).json()).toMatchObject([{ name: 'one', enginePid: engine?.enginePid }]);
  await rig.ok(['-p', 'other', 'up', '-d', '--wait']);
  await rig.ok(['-p', 'other', 'down']);
  await rig.ok(['down']);
  await rig.up();
  expect((await rig.ok(['ls', '--json'])).json()).toMatchObject([{ name: 'two' }]);
});

test('without its msvc.yaml a system is still seen and stopped, from a folder below too', async () => {
  await using rig = await createRig({ 'msvc.yaml': FILE('one', 'web') });
  await rig.up();
  rmSync(rig.path('msvc.yaml'));
  mkdirSync(rig.path('deep/er'), { recursive: true });
  const below = { cwd: rig.path('deep/er') };
  expect((await rig.ok(['ps', '--json'], below)).json()).toMatchObject([{ service: 'web', state: 'ready' }]);
  expect((await rig.ok(['why', 'web'], below)).stdout).toContain('web is ready');
  const up = await rig.msvc(['up', '-d'], below);
  expect(up.code).toBe(3);
  expect(up.stderr).toContain('MSVC_SPEC_NOT_FOUND');
  expect((await rig.ok(['down'], below)).stdout).toContain('stopped 1 service');
  expect((await rig.msvc(['ps'], below)).code).toBe(3);
  expect(rig.processes()).toEqual([]);
});

test('the system of a folder that was moved is told of by ls, and ended by its name', async () => {
  await using rig = await createRig({});
  const old = rig.project('before', { 'msvc.yaml': FILE('shop', 'web') });
  await old.up();
  renameSync(old.dir, rig.path('after'));
  rig.expectFile('after/msvc.yaml');
  const there = { cwd: rig.path('after') };
  expect((await rig.ok(['ls'], there)).stdout).toContain('(gone: `msvc -p shop down` stops it)');
  expect((await rig.msvc(['ps'], there)).code).toBe(6);
  expect((await rig.ok(['-p', 'shop', 'down'], there)).stdout).toContain('stopped 1 service');
  expect(rig.processes()).toEqual([]);
  rmSync(rig.path('after'), { recursive: true });
  mkdirSync(old.dir);
});
