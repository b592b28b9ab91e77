/** `up` on a system that runs: what gave up is tried again, what runs is left alone. */
import { expect, test } from 'vitest';
import { createRig } from '../rig/msvc-rig.ts';

test('a service that failed for good comes up once its cause is gone', async () => {
  await using rig = await createRig({
    'msvc.yaml': `
services:
  fine: { command: [node, "\${PUPPET}"], route: / }
  broken:
    command: "test -e mended && exec node $PUPPET"
    port: auto
    restart: "no"
`,
  });
  const first = await rig.msvc(['up', '-d', '--wait']);
  expect(first.code).toBe(1);
  const before = (await rig.ps()).find((row) => row.service === 'fine')?.pid;
  rig.write('mended', '');
  rig.expectFile('mended');
  await rig.ok(['up', '-d', '--wait']);
  const rows = await rig.ps();
  expect(rows.map((row) => row.state)).toEqual(['ready', 'ready']);
  expect(rows.find((row) => row.service === 'fine')?.pid).toBe(before);
});

test('a rollout that failed is tried again, and named in the plan; what is well is left alone', async () => {
  const file = (command: string): string => `
services:
  fine: { command: [node, "\${PUPPET}"], route: / }
  a: { command: "${command}", route: /a }
`;
  await using rig = await createRig({ 'msvc.yaml': file('exec node $PUPPET') });
  await rig.up();
  const before = await rig.ps();
  const pidOf = async (service: string) => (await rig.ps()).find((row) => row.service === service)?.pid;
  rig.write('msvc.yaml', file('test -e mended && exec node $PUPPET'));
  const failed = await rig.msvc(['up', '-d', '--wait']);
  expect(failed).toMatchObject({ code: 1, stdout: expect.stringContaining('replace a (run changed)') });
  const again = 'replace a (again: the last attempt failed)';
  // Not mended yet.
  expect(await rig.msvc(['up', '-d', '--wait'])).toMatchObject({ code: 1, stdout: expect.stringContaining(again) });
  expect(await rig.ps()).toMatchObject([{ state: 'ready' }, { state: 'ready', serviceState: 'failing' }]);

  rig.write('mended', '');
  expect((await rig.ok(['up', '--dry-run'])).stdout).toBe(`${again}\nkeep 1 service as it is\n`);
  expect(await pidOf('a')).toBe(before.find((row) => row.service === 'a')?.pid);
  const up = await rig.up();
  expect(up.stdout).toContain(again);
  expect(await rig.ps()).toMatchObject([{ state: 'ready' }, { state: 'ready', serviceState: 'ready' }]);
  expect(await pidOf('a')).not.toBe(before.find((row) => row.service === 'a')?.pid);
  expect(await pidOf('fine')).toBe(before.find((row) => row.service === 'fine')?.pid);
  expect((await rig.up()).stdout).toContain('nothing to change: 2 services are as the file says');
});
