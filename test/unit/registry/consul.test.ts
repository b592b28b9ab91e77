/** The HTTP face: the npm package `consul` is the judge of what its clients need; raw requests of what must not get in. */
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import Consul from 'consul';
import { afterEach, describe, expect, it } from 'vitest';
import { instanceId, serviceName } from '../../../src/model/names.ts';
import { consul as consulFace } from '../../../src/registry/consul/handler.ts';
import type { FaceHandler } from '../../../src/registry/http/face.ts';
import { openRegistryHttp } from '../../../src/registry/http/server.ts';
import { Registrations } from '../../../src/registry/registrations.ts';
import { type NewRow, Registry } from '../../../src/registry/registry.ts';

const TOKEN = 'a token';
const catalog = serviceName('catalog');
const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function open(handlers: readonly FaceHandler[] = []) {
  const registry = new Registry();
  const registrations = new Registrations(registry, () => {});
  const face = consulFace({ registry, registrations, node: { name: 'shop', id: 'id' } });
  const http = await openRegistryHttp({ port: 0, token: TOKEN, handlers: [...handlers, face.handle] });
  cleanups.push(async () => {
    await http.close();
    face.blocking.close();
    registrations.close();
    expect(face.blocking.readers).toBe(0);
  });
  const replica = (number: number, state: NewRow['state']) =>
    registry.put({
      id: instanceId(catalog, number, 1),
      service: catalog,
      replica: number,
      host: '127.0.0.1',
      port: 4000 + number,
      state,
    });
  const client = new Consul({ host: '127.0.0.1', port: http.port, defaults: { token: TOKEN } });
  return { registry, registrations, face, port: http.port, client, replica };
}

interface HealthEntry {
  readonly Node: Record<string, unknown>;
  readonly Service: Record<string, unknown>;
  readonly Checks: readonly Record<string, unknown>[];
}

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: string;
}

function ask(port: number, path: string, headers: Record<string, string>, method = 'GET', body = ''): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, method, headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, body: text }));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

const known = { 'X-Consul-Token': TOKEN };

describe('the npm package consul', () => {
  it('registers, keeps its TTL check, is found, and leaves', async () => {
    const { client, registry } = await open();
    await client.agent.service.register({
      ...{
        name: 'payments',
        id: 'payments-1',
        address: '127.0.0.1',
        port: 5005,
        tags: ['eu', 'v2'],
        meta: { zone: 'a' },
      },
      check: { ttl: '10s', deregistercriticalserviceafter: '1m' } as never,
    });
    expect(registry.rowsOf('payments')[0]).toMatchObject({
      state: 'starting',
      port: 5005,
      tags: ['eu', 'v2'],
      external: true,
    });
    expect(await client.health.service({ service: 'payments', passing: true })).toEqual([]);

    await client.agent.check.pass('service:payments-1');
    const [entry] = (await client.health.service({ service: 'payments', passing: true })) as HealthEntry[];
    expect(entry!.Service).toMatchObject({
      ID: 'payments-1',
      Service: 'payments',
      Port: 5005,
      Address: '127.0.0.1',
      Tags: ['eu', 'v2'],
      Meta: { zone: 'a' },
    });
    expect(entry!.Checks).toMatchObject([{ CheckID: 'service:payments-1', Status: 'passing', Type: 'ttl' }]);
    expect(entry!.Node).toMatchObject({ Node: 'shop', Address: '127.0.0.1', Datacenter: 'dc1' });

    await client.agent.check.warn({ id: 'service:payments-1', note: 'slow' });
    expect(await client.health.service({ service: 'payments', passing: true })).toEqual([]);
    expect(await client.health.checks('payments')).toMatchObject([{ Status: 'warning', Output: 'slow' }]);
    await client.agent.check.fail({ id: 'service:payments-1', note: 'broken' });
    expect(registry.rowsOf('payments')[0]).toMatchObject({ state: 'starting' });

    expect(await client.agent.service.list()).toMatchObject({ 'payments-1': { Service: 'payments', Port: 5005 } });
    expect(await client.catalog.service.list()).toEqual({ payments: ['eu', 'v2'] });
    expect(await client.catalog.service.nodes('payments')).toMatchObject([
      { ServiceID: 'payments-1', ServicePort: 5005, ServiceTags: ['eu', 'v2'] },
    ]);
    expect(await client.health.service({ service: 'payments', tag: 'us' })).toEqual([]);
    expect(await client.agent.check.list()).toHaveProperty(['service:payments-1']);

    await client.agent.service.deregister('payments-1');
    expect(registry.rowsOf('payments')).toEqual([]);
    expect(await client.catalog.service.list()).toEqual({});
    await expect(client.agent.service.deregister('payments-1')).rejects.toMatchObject({ statusCode: 404 });
  });

  it('sees what msvc runs, by state, and cannot touch it', async () => {
    const { client, replica } = await open();
    replica(1, 'ready');
    replica(2, 'starting');
    replica(3, 'draining');
    const all = (await client.health.service('catalog')) as HealthEntry[];
    expect(all.map(({ Service, Checks }) => [Service.ID, Checks[0]!.Status])).toEqual([
      ['catalog.1', 'passing'],
      ['catalog.2', 'critical'],
      ['catalog.3', 'critical'],
    ]);
    await expect(client.agent.service.deregister('catalog.1')).rejects.toMatchObject({ statusCode: 403 });
    await expect(client.agent.service.register({ name: 'catalog', id: 'catalog.1', port: 1 })).rejects.toMatchObject({
      statusCode: 400,
    });
  });

  it('stands by are no longer passing', async () => {
    const { client, replica } = await open();
    replica(1, 'ready');
    await client.agent.service.register({ name: 'catalog', id: 'ide', port: 9, meta: { 'msvc-replaces': 'true' } });
    const passing = (await client.health.service({ service: 'catalog', passing: true })) as HealthEntry[];
    expect(passing.map(({ Service }) => Service.ID)).toEqual(['ide']);
  });

  it('watches by blocking queries', async () => {
    const { client, replica } = await open();
    replica(1, 'ready');
    const watch = client.watch({
      method: client.health.service,
      options: { service: 'catalog', passing: true } as never,
    });
    cleanups.push(() => watch.end());
    const seen: number[] = [];
    const next = (): Promise<number> =>
      new Promise((resolve, reject) => {
        watch.once('change', (data: unknown[]) => resolve(data.length));
        watch.once('error', reject);
      });
    seen.push(await next());
    for (const [number, state] of [
      [2, 'ready'],
      [1, 'draining'],
    ] as const) {
      const changed = next();
      replica(number, state);
      seen.push(await changed);
    }
    expect(seen).toEqual([1, 2, 1]);
  });
});

describe('blocking queries', () => {
  const index = (answer: Answer) => Number(answer.headers['x-consul-index']);

  it('a change of another service wakes nobody; the right one does, with a higher index', async () => {
    const { port, replica, registry, face } = await open();
    replica(1, 'ready');
    const first = await ask(port, '/v1/health/service/catalog', known);
    let over = false;
    const waiting = ask(port, `/v1/health/service/catalog?index=${index(first)}&wait=1m`, known).then((answer) => {
      over = true;
      return answer;
    });
    await expect.poll(() => face.blocking.readers).toBe(1);
    const other = serviceName('orders');
    registry.put({
      id: instanceId(other, 1, 1),
      service: other,
      replica: 1,
      host: '127.0.0.1',
      port: 1,
      state: 'ready',
    });
    await ask(port, '/v1/catalog/services', known);
    expect(over).toBe(false);
    replica(2, 'ready');
    const second = await waiting;
    expect(index(second)).toBeGreaterThan(index(first));
    expect(JSON.parse(second.body)).toHaveLength(2);
  });

  it('the wait ends with the same index; an index never given is answered at once', async () => {
    const { port, replica } = await open();
    replica(1, 'ready');
    const first = await ask(port, '/v1/catalog/services', known);
    const same = await ask(port, `/v1/catalog/services?index=${index(first)}&wait=20ms`, known);
    expect(index(same)).toBe(index(first));
    expect((await ask(port, '/v1/catalog/services?index=999999&wait=10m', known)).status).toBe(200);
    expect((await ask(port, '/v1/health/service/none?index=0&wait=10m', known)).headers['x-consul-index']).toBe('1');
  });

  it('an index or a time that is none is an error, and so is a choice that is not known here', async () => {
    const { port, replica } = await open();
    replica(1, 'ready');
    const statuses = await Promise.all(
      [
        'index=x',
        'index=-1',
        'index=1e3',
        'wait=soon',
        'wait=-1s',
        'filter=Port==1',
        'ns=a',
        'dc=moon',
        'dc=dc1&stale',
      ].map(async (query) => (await ask(port, `/v1/health/service/catalog?${query}`, known)).status),
    );
    expect(statuses).toEqual([400, 400, 400, 400, 400, 400, 400, 500, 200]);
  });

  it('two questions that look alike have answers of their own', async () => {
    const { port, registry } = await open();
    const row = { id: instanceId(catalog, 1, 1), service: catalog, replica: 1, host: '127.0.0.1', port: 1 } as const;
    registry.put({ ...row, state: 'ready', tags: ['a', 'b'] });
    const found = async (query: string): Promise<number> =>
      JSON.parse((await ask(port, `/v1/health/service/catalog?${query}`, known)).body).length;
    expect(await found('tag=a&tag=b')).toBe(1);
    expect(await found('tag=a%26b')).toBe(0);
  });

  it('a service that is not there yet can be waited for', async () => {
    const { port, replica, face } = await open();
    const waiting = ask(port, '/v1/health/service/catalog?index=1&wait=1m&passing', known);
    await expect.poll(() => face.blocking.readers).toBe(1);
    replica(1, 'starting');
    expect(JSON.parse((await waiting).body)).toEqual([]);
  });

  it('a reader that left is forgotten', async () => {
    const { port, replica, face } = await open();
    replica(1, 'ready');
    const socket = connect(port, '127.0.0.1');
    socket.write(
      `GET /v1/health/service/catalog?index=2&wait=10m HTTP/1.1\r\nHost: localhost\r\nX-Consul-Token: ${TOKEN}\r\n\r\n`,
    );
    await expect.poll(() => face.blocking.readers).toBe(1);
    socket.destroy();
    await expect.poll(() => face.blocking.readers).toBe(0);
  });
});

it('a thousand readers of one service are all told, and a change meanwhile is not kept waiting', async () => {
  const { port, replica, registry, face } = await open();
  replica(1, 'ready');
  const known = registry.versionOf('catalog') + 1;
  const sockets = Array.from({ length: 1000 }, () => connect(port, '127.0.0.1'));
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy();
  });
  const answers = sockets.map(
    (socket) =>
      new Promise<number>((resolve, reject) => {
        let text = '';
        socket.on('error', reject);
        socket.on('data', (data) => {
          text += data.toString('latin1');
          if (text.endsWith(']')) resolve(Number(/x-consul-index: (\d+)/i.exec(text)?.[1]));
        });
        socket.write(
          `GET /v1/health/service/catalog?index=${known}&wait=1m HTTP/1.1\r\nHost: localhost\r\nX-Consul-Token: ${TOKEN}\r\n\r\n`,
        );
      }),
  );
  await expect.poll(() => face.blocking.readers, { timeout: 20_000 }).toBe(1000);
  const seen: string[] = [];
  registry.watch((change) => seen.push(change.type));
  replica(2, 'ready');
  replica(3, 'ready');
  expect(seen).toEqual(['row', 'row']);
  expect(new Set(await Promise.all(answers))).toEqual(new Set([registry.versionOf('catalog') + 1]));
  expect(face.blocking.readers).toBe(0);
});

it('a thousand watchers of a service that changes a thousand times end with what is so, and no index goes back', async () => {
  const { port, registry, replica, face } = await open();
  replica(1, 'ready');
  const agent = new Agent({ keepAlive: true });
  const client = new Consul({ host: '127.0.0.1', port, agent, defaults: { token: TOKEN } } as never);
  cleanups.push(() => agent.destroy());
  const final = 1_500;
  const faults: string[] = [];
  let changes = 0;
  const ends = Array.from({ length: 1_000 }, () => {
    const watch = client.watch({ method: client.health.service, options: { service: 'catalog' } as never });
    cleanups.push(() => watch.end());
    let index = 0;
    return new Promise<void>((resolve) => {
      watch.on('change', (entries: HealthEntry[], response: { headers: Record<string, string> }) => {
        changes++;
        const next = Number(response.headers['x-consul-index']);
        if (next <= index) faults.push(`index ${next} after ${index}`);
        index = next;
        if (entries[0]?.Service.Port === final) resolve();
      });
      watch.on('error', (error: Error) => faults.push(String(error)));
    });
  });
  await expect.poll(() => face.blocking.readers, { timeout: 30_000 }).toBe(1_000);
  const row = { id: instanceId(catalog, 1, 1), service: catalog, replica: 1, host: '127.0.0.1' } as const;
  for (let n = final - 999; n <= final; n++) {
    registry.put({ ...row, port: n, state: 'ready' });
    // Some come together, some while answers are under way.
    if (n % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await Promise.all(ends);
  expect(faults).toEqual([]);
  expect(changes).toBeGreaterThanOrEqual(2_000);
  await expect.poll(() => face.blocking.readers).toBe(1_000);
});

/** As clients in Go write what they do not set. */
const NULLS = JSON.stringify({
  ...{ Name: 'a', Port: 1, Tags: null, Meta: null, Weights: null, Check: null, Checks: null, Address: null, ID: null },
});

describe('what does not get in', () => {
  it.each([
    ['no token', {}, 403],
    ['a wrong one', { 'X-Consul-Token': 'A token' }, 403],
    ['a bearer', { Authorization: `Bearer ${TOKEN}` }, 200],
    ['the header', known, 200],
    ['a web page', { ...known, Origin: 'http://localhost:3000' }, 403],
    ['a web page without Origin', { ...known, 'Sec-Fetch-Site': 'same-origin' }, 403],
    ['a bent name', { ...known, Host: 'evil.test' }, 421],
    ['a name that looks like ours', { ...known, Host: 'localhost.evil.test' }, 421],
    ['a bent name with our port', { ...known, Host: '127.0.0.1.evil.test:8500' }, 421],
    ['our own names', { ...known, Host: 'registry.localhost:8500' }, 200],
    ['the IPv6 one', { ...known, Host: '[::1]:8500' }, 200],
  ])('%s', async (_what, headers, status) => {
    const { port } = await open();
    const answer = await ask(port, '/v1/agent/services', headers);
    expect(answer.status).toBe(status);
    expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
  });

  it('the token as a parameter, as Consul had it', async () => {
    const { port } = await open();
    expect((await ask(port, `/v1/agent/services?token=${encodeURIComponent(TOKEN)}`, {})).status).toBe(200);
  });

  it.each([
    ['no JSON', '{', 400],
    ['a list', '[]', 400],
    ['no name', '{"Port": 1}', 400],
    ['a name that is none', '{"Name": "A B", "Port": 1}', 400],
    ['no port', '{"Name": "a"}', 400],
    ['a port out of range', '{"Name": "a", "Port": 70000}', 400],
    ['an address that is none', '{"Name": "a", "Port": 1, "Address": "a\\r\\nb"}', 400],
    ['a check that is not TTL', '{"Name": "a", "Port": 1, "Check": {"HTTP": "http://x", "Interval": "1s"}}', 400],
    ['a TTL that is none', '{"Name": "a", "Port": 1, "Check": {"TTL": "soon"}}', 400],
    ['a body beyond bounds', JSON.stringify({ Name: 'a', Port: 1, Meta: { x: 'y'.repeat(70_000) } }), 413],
    ['meta beyond bounds', JSON.stringify({ Name: 'a', Port: 1, Meta: { x: 'y'.repeat(600) } }), 400],
    ['null for what may be left out', NULLS, 200],
    ['weights that are none', '{"Name": "a", "Port": 1, "Weights": 3}', 400],
    ['a right one', '{"name": "a", "port": 1, "enable_tag_override": false}', 200],
  ])('a registration with %s', async (_what, body, status) => {
    const { port, registry } = await open();
    expect((await ask(port, '/v1/agent/service/register', known, 'PUT', body)).status).toBe(status);
    expect(registry.rowsOf('a')).toHaveLength(status === 200 ? 1 : 0);
  });

  it('other methods, other paths', async () => {
    const { port, replica } = await open();
    replica(1, 'ready');
    const post = await ask(port, '/v1/agent/service/register', known, 'POST', '{}');
    expect([post.status, post.headers.allow]).toEqual([405, 'PUT']);
    const service = '/v1/agent/service/catalog.1';
    for (const method of ['DELETE', 'PUT', 'POST']) {
      const answer = await ask(port, service, known, method);
      expect([answer.status, answer.headers.allow]).toEqual([405, 'GET']);
    }
    expect((await ask(port, service, known)).status).toBe(200);
    expect((await ask(port, '/v1/kv/x', known)).status).toBe(404);
    for (const path of ['/v1/kv/x', '/v1/agent/service/maintenance/catalog.1', `${service}/x`])
      expect(await ask(port, path, known, 'PUT')).toMatchObject({ status: 404, body: `no such path: ${path}` });
    expect((await ask(port, '/v1/agent/service/x', known)).body).toContain('unknown service ID: x');
    expect((await ask(port, '/%zz', known)).status).toBe(400);
  });
});

it('other handlers answer at the same port, behind the same guard', async () => {
  const { port } = await open([({ segments }) => (segments[0] === 'metrics' ? { status: 200, body: 'up 1\n' } : null)]);
  expect(await ask(port, '/metrics', known)).toMatchObject({ status: 200, body: 'up 1\n' });
  expect((await ask(port, '/metrics', {})).status).toBe(403);
  expect((await ask(port, '/v1/agent/services', known)).status).toBe(200);
});
