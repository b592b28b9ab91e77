/** Must-have 13: a one-shot job belongs to `up --wait`: its exit 0 is success, anything else is shown with its output. */
import { expect, test } from 'vitest';
import { createRig } from '../rig/msvc-rig.ts';

const FILES = (script: string) => ({
  'migrate.sh': script,
  'msvc.yaml': `
services:
  migrate:
    command: sh migrate.sh
    restart: "no"
  api:
    command: [node, "\${PUPPET}"]
    depends_on: { migrate: { condition: service_completed_successfully } }
`,
});

test('exit 0: up --wait exits 0, the job is completed, dependants run', async () => {
  await using rig = await createRig(FILES('echo migrating; exit 0\n'));
  await rig.up();
  const rows = await rig.ps();
  expect(rows.find((row) => row.service === 'migrate')).toMatchObject({ state: 'completed', pid: null, exitCode: 0 });
  expect(rows.find((row) => row.service === 'api')).toMatchObject({ state: 'ready', health: 'healthy' });
  expect(await rig.logs('migrate')).toContainEqual(expect.objectContaining({ line: 'migrating', stream: 'stdout' }));
  // Done is done: nothing runs it again.
  await rig.up();
  expect((await rig.logs('migrate')).filter((line) => line.line === 'migrating')).toHaveLength(1);
});

test('exit 3: up --wait exits 1 with the last lines; dependants do not start', async () => {
  await using rig = await createRig(FILES('echo about to fail; echo no such table >&2; exit 3\n'));
  const up = await rig.msvc(['up', '-d', '--wait']);
  expect(up.code).toBe(1);
  const said = `${up.stdout}${up.stderr}`;
  expect(said).toContain('migrate');
  expect(said).toContain('no such table');
  expect(said).toMatch(/\b3\b/);
  expect(rig.launches('api')).toEqual([]);
});
