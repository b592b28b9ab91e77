/** Must-have 8: one of three replicas is killed under load; nobody notices, and it comes back. */
import { expect, test } from 'vitest';
import { createRig } from '../rig/msvc-rig.ts';

const FILES = {
  'msvc.yaml': `
services:
  web:
    command: [node, "\${PUPPET}"]
    replicas: 3
    route: /
    healthcheck: { http: /healthz }
`,
};

test.each([true, false])('no idempotent request fails (keep-alive: %s)', async (keepAlive) => {
  await using rig = await createRig(FILES);
  await rig.up();
  const victim = await rig.puppet('web', 2);
  const events = rig.events();
  const load = await rig.load('/', { keepAlive, perSecond: 200 });
  await load.servedBy((who) => who.startsWith('web.2 '));

  await victim.tell('kill', { signal: 'SIGKILL' });
  const exit = await events.until('instance.exited', { service: 'web', replica: 2 });
  expect(exit.exit).toEqual({ code: null, signal: 'SIGKILL' });
  expect(exit.expected).toBe(false);
  const ready = await events.until('instance.ready', { service: 'web', replica: 2 }, exit.seq);
  expect(events.causes(ready).map((event) => event.seq)).toContain(exit.seq);

  const again = await rig.puppet('web', 2);
  await load.servedBy((who) => who.startsWith(`web.2 ${again.pid} `));
  const report = await load.stop();
  expect(report.failed).toEqual([]);
  const row = (await rig.ps()).find((one) => one.replica === 2);
  expect(row).toMatchObject({ state: 'ready', health: 'healthy', pid: again.pid, restarts: 1 });
});
