/** `stop`, `start`, `restart`, `hold` and `release` do to the services that are named what they say, and to no other. */
import { expect, test } from 'vitest';
import { createRig } from '../rig/msvc-rig.ts';

const PUPPET = '[node, "${PUPPET}"]';

test('stop and start: dependants, the gateway, and what `ps` shows', async () => {
  await using rig = await createRig({
    'msvc.yaml': `
services:
  web: { command: ${PUPPET}, route: /, replicas: 2 }
  api: { command: ${PUPPET}, route: /api, depends_on: [db] }
  db: { command: ${PUPPET}, port: auto }
  tool: { command: ${PUPPET}, port: auto, profiles: [tools] }
`,
  });
  await rig.up();
  const before = await rig.ps();
  const pidOf = (rows: typeof before, service: string) =>
    rows.filter((row) => row.service === service).map((row) => row.pid);

  await rig.ok(['stop', 'web']);
  const stopped = await rig.ps();
  expect(stopped.some((row) => row.service === 'web')).toBe(false);
  expect(pidOf(stopped, 'api')).toEqual(pidOf(before, 'api'));
  expect((await rig.ok(['ps', '-a'])).stdout).toMatch(/^web\S* +stopped/m);
  const refused = await rig.get('/');
  expect(refused.status).toBe(503);
  expect(refused.headers['content-type']).toBe('application/problem+json');
  expect((await rig.get('/api')).status).toBe(200);

  await rig.ok(['start', 'web']);
  expect((await rig.get('/')).status).toBe(200);
  const again = pidOf(await rig.ps(), 'web');
  expect(again).toHaveLength(2);
  expect(again.some((pid) => pidOf(before, 'web').includes(pid))).toBe(false);

  // What a service depends on comes with it.
  await rig.ok(['stop', 'api', 'db']);
  expect((await rig.ok(['start', 'api', '--wait'])).stdout).toBe('starting db and api\n');
  expect(pidOf(await rig.ps(), 'db')).toHaveLength(1);

  // Without a name: all. A table with nothing in it says where the rest is.
  await rig.ok(['stop']);
  const none = await rig.ok(['ps']);
  expect(none.stderr).toContain('msvc ps -a');
  // All that ran, and no service of a profile that nobody asked for.
  await rig.ok(['start', '--wait']);
  await rig.ok(['restart']);
  expect([...new Set((await rig.ps()).map((row) => row.service))].sort()).toEqual(['api', 'db', 'web']);
  expect(await rig.engine()).toBeDefined();
  expect(await rig.msvc(['stop', 'wbe'])).toMatchObject({ code: 2, stderr: expect.stringContaining('"web"') });
});

test('hold: what the probe finds does nothing until release; a crash is still met', async () => {
  await using rig = await createRig({
    'msvc.yaml': `
services:
  api:
    command: ${PUPPET}
    route: /
    healthcheck: { http: /alive, interval: 100ms, timeout: 500ms, retries: 2 }
`,
  });
  await rig.up();
  const api = await rig.puppet('api');
  const events = rig.events();
  await rig.ok(['hold', 'api']);
  expect((await rig.ok(['ps'])).stdout).toContain('ready (held)');
  expect((await rig.ok(['why', 'api'])).stdout).toContain('msvc release');

  await api.tell('hang', { value: true });
  const from = api.notices.all.length;
  await api.notices.until('more unanswered probes than it may have', () => api.notices.all.length >= from + 6);
  expect((await rig.ps())[0]).toMatchObject({ state: 'ready', pid: api.pid });

  await rig.ok(['release', 'api']);
  await events.until('instance.unhealthy', { service: 'api' });
  const next = await rig.puppet('api');
  expect(next.pid).not.toBe(api.pid);

  await rig.ok(['wait', 'api']);
  await rig.ok(['hold', 'api']);
  await next.tell('exit', { code: 3 });
  await rig.puppet('api');
  expect(await rig.msvc(['hold', 'apu'])).toMatchObject({ code: 2 });
});
