/** Must-have 14: a service that answers, then hangs, leaves balancing first and is restarted then. */
import { expect, test } from 'vitest';
import { createRig } from '../rig/msvc-rig.ts';

test('unhealthy, out of balancing, restarted', async () => {
  await using rig = await createRig({
    'msvc.yaml': `
services:
  web:
    command: [node, "\${PUPPET}"]
    replicas: 2
    route: /
    healthcheck: { http: /healthz, interval: 200ms, timeout: 500ms, retries: 3 }
    stop_grace_period: 1s
`,
  });
  await rig.up();
  const victim = await rig.puppet('web', 2);
  const url = await rig.url('/');
  const events = rig.events();
  // A real hang: the event loop stands still, so it neither answers nor hears SIGTERM.
  await victim.tell('block', { ms: 3_600_000 });
  const unhealthy = await events.until('instance.unhealthy', { service: 'web', replica: 2 });
  expect(unhealthy.failures).toBe(3);
  for (let n = 0; n < 10; n++) {
    const reply = await rig.get(url);
    expect(reply.status).toBe(200);
    expect(reply.json<{ pid: number }>().pid).not.toBe(victim.pid);
  }
  const stopping = await events.until('instance.stopping', { replica: 2, reason: 'unhealthy' });
  expect(stopping.seq).toBeGreaterThan(unhealthy.seq);
  const again = await rig.puppet('web', 2);
  const ready = await events.until('instance.ready', { service: 'web', replica: 2 }, unhealthy.seq);
  expect(events.causes(ready).map((event) => event.type)).toContain('instance.unhealthy');
  expect(again.pid).not.toBe(victim.pid);
  expect((await rig.ps()).find((row) => row.replica === 1)?.restarts).toBe(0);
});
