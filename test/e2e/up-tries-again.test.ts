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
