/** Must-have 7: `replicas: 3` of a program that reads PORT, balanced evenly under round robin, each visible. */
import { expect, test } from 'vitest';
import { createRig } from '../rig/msvc-rig.ts';

test('300 requests, 100 each', async () => {
  await using rig = await createRig({
    'msvc.yaml': `
gateway: { balancer: round-robin }
services:
  web:
    command: node $PUPPET
    replicas: 3
    route: /
`,
  });
  await rig.up();
  expect(new Set((await rig.ps()).map((row) => row.port)).size).toBe(3);
  const url = await rig.url('/');
  const counts: Record<string, number> = {};
  for (let n = 0; n < 300; n++) {
    const reply = await rig.get(url);
    expect(reply.status).toBe(200);
    const who = String(reply.headers['x-msvc-replica']);
    const { replica } = reply.json<{ replica: number }>();
    expect(who).toBe(`web.${replica}`);
    counts[who] = (counts[who] ?? 0) + 1;
  }
  expect(Object.keys(counts).sort()).toEqual(['web.1', 'web.2', 'web.3']);
  for (const count of Object.values(counts)) expect(Math.abs(count - 100)).toBeLessThanOrEqual(5);
});

test('a second replica on a fixed port is an error that says why', async () => {
  await using rig = await createRig({
    'msvc.yaml': `services:
  web:
    command: node $PUPPET
    port: 3999
    replicas: 2
`,
  });
  const up = await rig.msvc(['up', '-d', '--wait']);
  expect(up.code).toBe(3);
  expect(up.stderr).toMatch(/msvc\.yaml:[45]:\d+/);
  expect(up.stderr).toContain('3999');
});
