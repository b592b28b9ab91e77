/** A process in a debugger takes the requests of running replicas, and gives them back however it ends. */
import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { expect, test } from 'vitest';
import { createRig } from '../rig/msvc-rig.ts';

const FILES = {
  'msvc.yaml': `
services:
  web:
    command: [node, "\${PUPPET}"]
    replicas: 2
    route: /
    healthcheck: { http: /healthz }
`,
};

/** The process in the IDE: answers as a puppet does, with a name that no replica has. */
async function debuggee(port = 0): Promise<{ server: Server; port: number }> {
  const server = createServer(
    (_request, response) => void response.setHeader('x-puppet', 'ide 0 0').end('ide 0 0'),
  ).listen(port, '127.0.0.1');
  await once(server, 'listening');
  return { server, port: (server.address() as { port: number }).port };
}

test('register takes the place of the replicas without a failed request, and they come back after kill -9', async () => {
  await using rig = await createRig(FILES);
  await rig.up();
  const events = rig.events();
  const load = await rig.load('/', { perSecond: 100 });
  await load.servedBy((who) => who.startsWith('web.1 '));

  const ide = await debuggee();
  const register = rig.start(['register', 'web', '--port', String(ide.port)]);
  const id = `web@${ide.port}`;
  const ready = await events.until('registration.ready', { id });
  expect(events.causes(ready).map(({ type }) => type)).toEqual(['registration.added', 'command.received']);
  await load.servedBy((who) => who === 'ide 0 0');
  expect((await rig.get('/')).headers['x-msvc-replica']).toBe(id);
  const rows = await rig.ps();
  expect(rows.map(({ external, inBalancing, state }) => [external, inBalancing, state])).toEqual([
    [null, false, 'ready'],
    [null, false, 'ready'],
    [id, true, 'ready'],
  ]);
  expect((await rig.ok(['ps'])).stdout).toContain(`stands by for ${id}`);
  expect((await rig.ok(['why', 'web'])).stdout).toContain(`${id}, which msvc did not start, takes its requests`);
  expect((await rig.msvc(['register', 'web', '--port', String(ide.port)])).code).toBe(2);

  // The debugger ends its process and starts it anew: the replicas fill the gap.
  ide.server.close().closeAllConnections();
  const gone = await events.until('registration.unready', { id }, ready.seq);
  expect((await rig.get('/')).headers['x-msvc-replica']).toMatch(/^web\.[12]$/);
  const again = await debuggee(ide.port);
  await events.until('registration.ready', { id }, gone.seq);
  expect((await rig.get('/')).body).toBe('ide 0 0');

  register.signal('SIGKILL');
  const ended = await events.until('registration.ended', { id, reason: 'connection-closed' });
  expect(ended.cause).toBeDefined();
  expect((await rig.get('/')).headers['x-msvc-replica']).toMatch(/^web\.[12]$/);
  expect((await load.stop()).failed).toEqual([]);
  again.server.close().closeAllConnections();
});

test('Ctrl-C gives the requests back; a service that nobody has, and one without a port, are errors', async () => {
  await using rig = await createRig({ 'msvc.yaml': `${FILES['msvc.yaml']}  job: { command: sleep 1000 }\n` });
  await rig.up();
  const ide = await debuggee();
  const register = rig.start(['register', 'web', '--port', String(ide.port), '--beside']);
  await register.until('takes requests');
  expect((await rig.ps()).filter(({ inBalancing }) => inBalancing)).toHaveLength(3);
  register.signal('SIGINT');
  expect((await register.exited).code).toBe(0);
  expect((await rig.ps()).filter(({ inBalancing }) => inBalancing)).toHaveLength(2);
  const unknown = await rig.msvc(['register', 'wed', '--port', '1']);
  expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining('did you mean "web"?')]);
  expect((await rig.msvc(['register', 'job', '--port', '1'])).code).toBe(2);
  expect((await rig.msvc(['register', 'web', '--port', '99999'])).code).toBe(2);
  ide.server.close().closeAllConnections();
});

test('the registry answers Consul clients and Prometheus where the definition says so, and nobody without its token', async () => {
  await using rig = await createRig(FILES);
  const { server, port } = await debuggee();
  rig.write('msvc.yaml', `registry: { http: { port: ${port} } }\n${FILES['msvc.yaml']}`);
  const refused = await rig.msvc(['up', '-d', '--wait']);
  expect([refused.code, refused.stderr]).toEqual([4, expect.stringContaining(`port ${port}`)]);
  expect(await rig.engine()).toBeUndefined();
  server.close().closeAllConnections();

  await rig.up();
  const events = rig.events();
  const { url, tokenFile } = await events.until('registry.listening');
  expect(statSync(tokenFile!).mode & 0o777).toBe(0o600);
  const headers = { 'X-Consul-Token': readFileSync(tokenFile!, 'utf8').trim() };
  expect((await rig.get(`${url}/v1/health/service/web?passing`)).status).toBe(403);
  const entries = (await rig.get(`${url}/v1/health/service/web?passing`, { headers })).json<unknown[]>();
  expect(entries).toHaveLength(2);

  // Prometheus asks at the same port, behind the same guard.
  await rig.get('/');
  const bearer = { authorization: `Bearer ${headers['X-Consul-Token']}` };
  const metrics = await rig.get(`${url}/metrics`, { headers: bearer });
  expect(metrics.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
  expect(metrics.body).toMatch(/^msvc_edge_requests_total\{caller="client",callee="web"\} [1-9]/m);
  const strangers = [{}, { ...bearer, host: 'evil.example' }, { ...bearer, origin: 'http://evil.example' }];
  const refusals = await Promise.all(strangers.map((more) => rig.get(`${url}/metrics`, { headers: more })));
  expect(refusals.map(({ status }) => status)).toEqual([403, 421, 403]);
  expect((await rig.get(`${url}/metrics`, { headers: bearer, method: 'POST' })).status).toBe(405);

  rig.write('msvc.yaml', FILES['msvc.yaml']);
  await rig.up();
  await events.until('registry.closed');
  await expect(rig.get(`${url}/v1/agent/services`, { headers })).rejects.toThrow();
});

test('it tells of its own registration, not of one whose port ends in the same digits', async () => {
  await using rig = await createRig(FILES);
  await rig.up();
  const events = rig.events();
  const ide = await debuggee();
  // 12345 and 2345, or 10005 and 5.
  const short = ide.port % 10_000 || 1;
  const own = rig.start(['register', 'web', '--port', String(short), '--beside']);
  await events.until('registration.added', { id: `web@${short}` });
  await own.until(`web@${short}`);
  const other = rig.start(['register', 'web', '--port', String(ide.port), '--beside']);
  await other.until('takes requests');
  other.signal('SIGINT');
  await other.exited;
  await events.until('registration.ended', { id: `web@${ide.port}` });
  own.signal('SIGINT');
  const { stdout } = await own.exited;
  expect(stdout).toContain(`web@${short}`);
  expect(stdout).not.toContain(`web@${ide.port}`);
  ide.server.close().closeAllConnections();
});
