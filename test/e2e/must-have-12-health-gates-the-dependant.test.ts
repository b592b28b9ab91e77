/** Must-have 12: a dependant starts when the probe of what it waits for passes: not before, and because of it. */
import { expect, test } from 'vitest';
import { createRig } from '../rig/msvc-rig.ts';

test('service_healthy waits for the probe, service_started does not', async () => {
  await using rig = await createRig({
    'msvc.yaml': `
services:
  db:
    command: [node, "\${PUPPET}", --listen-later, --unready]
    healthcheck: { http: /healthz, interval: 100s }
  api:
    command: [node, "\${PUPPET}"]
    depends_on: { db: { condition: service_healthy } }
  eager:
    command: [node, "\${PUPPET}"]
    port: auto
    depends_on: [db]
`,
  });
  const up = rig.start(['up', '-d', '--wait']);
  const db = await rig.puppet('db');
  await (await rig.puppet('eager')).notice('listening');
  const events = rig.events();
  await events.until('instance.ready', { service: 'eager' });
  await db.tell('listen');
  await events.until('service.waiting', { service: 'api' });
  expect(rig.launches('api')).toEqual([]);
  await db.tell('ready', { value: true });
  // With `interval: 100s` only the short pauses before the first success can bring this about within a test's patience.
  const ready = await events.until('instance.ready', { service: 'db' });
  const launched = await events.until('instance.launched', { service: 'api' });
  expect(launched.seq).toBeGreaterThan(ready.seq);
  expect((await up.exited).code).toBe(0);
});
