/** Rules 61-70, and what the registry's states mean for requests: reuse, retry, failure, parking, draining. */

import { once } from 'node:events';
import { createServer } from 'node:http';
import { describe, expect, it } from 'vitest';
import { PROBLEMS, type ProblemCode } from '../../../src/gateway/problems/problems.ts';
import { renderProblem } from '../../../src/gateway/problems/render.ts';
import { instanceId } from '../../../src/model/names.ts';
import { parseList } from '../../rig/structured-field.ts';
import { APP, answer, GatewayRig, get, onCleanup, route } from './rig/gateway-rig.ts';
import { RawBackend } from './rig/raw-backend.ts';

const POST = 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nhi';

/** A port that refuses: it was free a moment ago. */
async function refusingPort(): Promise<number> {
  const backend = await RawBackend.open();
  const { port } = backend;
  await backend.close();
  return port;
}

/** An instance that answers with its name. */
async function instance(name: string, port = 0) {
  const server = createServer((_request, response) => response.end(name));
  server.keepAliveTimeout = 60_000;
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const stop = async (): Promise<void> => {
    server.closeAllConnections();
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  };
  onCleanup(stop);
  return { server, stop, port: (server.address() as { port: number }).port };
}

describe('rule 61-66', () => {
  it('rule 61: a GET on an idle connection that dies is sent again, a POST is not sent twice', async () => {
    const rig = await GatewayRig.open();
    const backend = await rig.backend();
    const client = await rig.client();
    client.send(get());
    const first = await backend.connection();
    await first.head();
    first.send(answer());
    await client.response();
    client.send(get('/again'));
    await first.head();
    first.socket.resetAndDestroy();
    const second = await backend.connection();
    expect((await second.head()).line).toBe('GET /again HTTP/1.1');
    second.send(answer('again'));
    expect((await client.response()).body).toBe('again');
    client.send(POST);
    await second.head();
    second.socket.resetAndDestroy();
    expect((await client.response()).status).toBe(502);
    expect(backend.connections).toHaveLength(2);
  });

  it('rule 61: an upload that its instance breaks off goes to another one whole', async () => {
    const rig = await GatewayRig.open();
    const connections = [await rig.backend(1), await rig.backend(2)].map((backend) => backend.connection());
    const client = await rig.client();
    const [early, late] = ['e'.repeat(20_000), 'l'.repeat(20_000)];
    client.send('PUT / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 40001\r\n\r\n.');
    const first = await Promise.race(connections);
    await first.head();
    // Read before the reset is heard of, so that it is the writing of it that fails.
    client.socket.write(early);
    first.socket.resetAndDestroy();
    const second = (await Promise.all(connections)).find((connection) => connection !== first)!;
    await second.head();
    client.send(late);
    expect(await second.bytes(40_001)).toBe(`.${early}${late}`);
    second.send(answer('whole'));
    expect((await client.response()).body).toBe('whole');
  });

  it('rule 61: an idle connection that the instance closed is not used again', async () => {
    const rig = await GatewayRig.open();
    const backend = await rig.backend();
    const client = await rig.client();
    client.send(get());
    const first = await backend.connection();
    await first.head();
    first.send(answer());
    await client.response();
    first.socket.end();
    await first.closed();
    client.send(POST);
    const second = await backend.connection();
    await second.head();
    second.send(answer('fine'));
    expect((await client.response()).body).toBe('fine');
  });

  it('rule 62: a refused connection: the next replica is tried, for POST too', async () => {
    const rig = await GatewayRig.open({}, { balancers: { app: 'round-robin' } });
    rig.put(await refusingPort(), 1);
    const good = await instance('good');
    rig.put(good.port, 2);
    const client = await rig.client();
    for (let i = 0; i < 20; i++) expect((await client.send(POST).response()).body).toBe('good');
    expect(rig.suspects[0]).toEqual({ instance: 'app.1@1', count: 1 });
  });

  it('rule 63: all replicas refuse: 503 with Retry-After, as problem+json', async () => {
    const rig = await GatewayRig.open({ refusedMs: 100 });
    rig.put(await refusingPort(), 1);
    rig.put(await refusingPort(), 2);
    const client = await rig.client();
    const response = await client.send(get('/x')).response();
    expect(response.status).toBe(503);
    expect(response.fields.get('retry-after')).toEqual(['1']);
    expect(response.fields.get('proxy-status')).toEqual([expect.stringContaining('error=connection_refused')]);
    expect(JSON.parse(response.body)).toMatchObject({
      status: 503,
      instance: '/x',
      msvc: { code: 'connection-refused', service: 'app' },
    });
  });

  it('rule 64: a response head that does not come: 504', async () => {
    const rig = await GatewayRig.open({ responseHeadMs: 100 });
    const backend = await rig.backend();
    const client = await rig.client();
    client.send(get());
    const upstream = await backend.connection();
    await upstream.head();
    expect((await client.response()).status).toBe(504);
    await upstream.closed();
  });

  it('rule 64: an instance that stops taking the body: 504', async () => {
    const rig = await GatewayRig.open({ responseHeadMs: 100, bodyIdleMs: 100 });
    const backend = await rig.backend();
    const client = await rig.client();
    const size = 64 * 1024 * 1024;
    client.send(`POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${size}\r\n\r\n`);
    const upstream = await backend.connection();
    await upstream.head();
    upstream.socket.pause();
    client.socket.write(Buffer.alloc(size));
    const response = await client.response();
    expect(response.status).toBe(504);
    expect(JSON.parse(response.body)).toMatchObject({
      msvc: { code: 'response-timeout', service: 'app', attempts: 1 },
    });
    upstream.socket.resume();
    await upstream.closed();
  });

  it('rule 64: an instance that has taken all there was is not blamed for a client that sends no more', async () => {
    const rig = await GatewayRig.open({ responseHeadMs: 100, bodyIdleMs: 300 });
    const backend = await rig.backend();
    const client = await rig.client();
    const half = Buffer.alloc(4 * 1024 * 1024);
    client.send(`POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${2 * half.length}\r\n\r\n`);
    client.socket.write(half);
    expect((await client.response()).status).toBe(408);
    await (await backend.connection()).closed();
  });

  it('rule 64: timeouts of a route', async () => {
    const rig = await GatewayRig.open({}, { routes: [route('app', '/', { timeouts: { backendRequestMs: 100 } })] });
    const backend = await rig.backend();
    const client = await rig.client();
    client.send(get());
    await (await backend.connection()).head();
    expect((await client.response()).status).toBe(504);
  });

  it('rule 65: HTML only for those who prefer it', async () => {
    const rig = await GatewayRig.open({}, { routes: [route('app', '/<b>')] });
    const client = await rig.client();
    const page = await client.send(get('/none', 'Accept: text/html,application/xhtml+xml,*/*;q=0.8\r\n')).response();
    expect(page.fields.get('content-type')).toEqual(['text/html; charset=utf-8']);
    expect(page.body).not.toContain('<b>');
    for (const accept of ['*/*', 'application/json, text/html', 'text/html;q=0']) {
      const json = await client.send(get('/none', `Accept: ${accept}\r\n`)).response();
      expect(json.fields.get('content-type')).toEqual(['application/problem+json']);
    }
    const head = await client.send('HEAD /none HTTP/1.1\r\nHost: localhost\r\n\r\n').response({ isHead: true });
    expect(head.status).toBe(404);
  });

  it('rule 66: Proxy-Status is a structured field even with odd bytes in the details', async () => {
    const rig = await GatewayRig.open({}, { routes: [] });
    const client = await rig.client();
    const response = await client.send(get('/"\\\xe4')).response();
    const [status] = response.fields.get('proxy-status')!;
    const parameters = { error: 'destination_not_found', details: expect.any(String) };
    expect(parseList(status!)).toEqual([{ value: 'msvc', parameters }]);
  });

  it.each(Object.keys(PROBLEMS) as ProblemCode[])('rule 66: Proxy-Status of %s is a list of one item', (code) => {
    const asked = { accept: '', isHead: false, path: '/', close: false, sayKeepAlive: false, via: '' };
    const detail = 'a "quoted" \\ word, and \u00e4';
    const text = renderProblem({ code, detail }, asked);
    const [, value = ''] = /^Proxy-Status: (.*)\r$/m.exec(text)!;
    const parameters = { error: PROBLEMS[code].proxyError, details: 'a "quoted" \\ word, and ?' };
    expect(parseList(value)).toEqual([{ value: 'msvc', parameters }]);
  });
});

describe('rule 67-70', () => {
  it('rule 67: instances die and return at random under constant load: no idempotent request fails', async () => {
    const rig = await GatewayRig.open();
    const replicas = await Promise.all([1, 2, 3].map((replica) => instance(`r${replica}`)));
    for (const [index, { port }] of replicas.entries()) rig.put(port, index + 1);
    let running = true;
    let requests = 0;
    const failures: unknown[] = [];
    const load = Array.from({ length: 8 }, async () => {
      const client = await rig.client();
      while (running) {
        const response = await client.send(get('/', 'X: 1\r\n')).response();
        requests++;
        if (response.status !== 200) failures.push(response);
      }
    });
    for (let round = 0; round < 12; round++) {
      const victim = round % 3;
      const { port, stop } = replicas[victim]!;
      await stop();
      const seen = requests;
      // The registry learns of it a little later than the gateway meets it.
      while (requests < seen + 50) await new Promise((resolve) => setImmediate(resolve));
      rig.registry.remove(instanceId(APP, victim + 1, 1));
      while (requests < seen + 100) await new Promise((resolve) => setImmediate(resolve));
      replicas[victim] = await instance(`r${victim + 1}`, port);
      rig.put(port, victim + 1);
      while (requests < seen + 150) await new Promise((resolve) => setImmediate(resolve));
    }
    running = false;
    await Promise.all(load);
    expect(failures).toEqual([]);
    expect(rig.gateway.stats().edges[0]).toMatchObject({ requests, failed: 0, inFlight: 0, parked: 0 });
  });

  it('rule 67: a restart of the only instance: requests wait, none fails', async () => {
    const rig = await GatewayRig.open();
    let only = await instance('one');
    rig.put(only.port);
    const client = await rig.client();
    expect((await client.send(get()).response()).body).toBe('one');
    await only.stop();
    client.send(get());
    // Refused while the registry still calls it ready, then gone, then back.
    await expect.poll(() => rig.gateway.stats().edges[0]?.parked).toBe(1);
    rig.registry.remove(instanceId(APP, 1, 1));
    only = await instance('two', only.port);
    rig.put(only.port);
    expect((await client.response()).body).toBe('two');
  });

  it('rule 68: a stream goes on over its route while the table is replaced', async () => {
    const rig = await GatewayRig.open();
    const backend = await rig.backend();
    const client = await rig.client();
    client.send(get('/stream'));
    const upstream = await backend.connection();
    await upstream.head();
    upstream.send('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfirst');
    await client.text('first');
    rig.gateway.setRoutes({ routes: [], balancers: {} });
    upstream.send(' last');
    expect((await client.response()).body).toBe('first last');
    expect((await client.send(get('/stream')).response()).status).toBe(404);
  });

  it('rule 69: failing instances are not buried under retries', async () => {
    // Without the breaker, which would end it earlier: the budget alone has to hold.
    const rig = await GatewayRig.open({}, { policies: { app: { own: { breaker: null }, callers: {} } } });
    let met = 0;
    const backend = await rig.backend();
    backend.server.on('connection', (socket) => {
      socket.on('data', () => {
        met++;
        socket.resetAndDestroy();
      });
    });
    const total = 200;
    const startedAt = performance.now();
    await Promise.all(
      Array.from({ length: 10 }, async () => {
        const client = await rig.client();
        for (let i = 0; i < total / 10; i++) expect((await client.send(get()).response()).status).toBe(502);
      }),
    );
    const seconds = (performance.now() - startedAt) / 1000;
    expect(met).toBeGreaterThan(total);
    expect(met).toBeLessThanOrEqual(total * 1.2 + 10 * (seconds + 1));
  });

  it('rule 70: the last endpoint is tried however often it failed', async () => {
    const rig = await GatewayRig.open({ refusedMs: 50 });
    const port = await refusingPort();
    rig.put(port);
    const client = await rig.client();
    for (let i = 0; i < 5; i++) expect((await client.send(get()).response()).status).toBe(503);
    await instance('back', port);
    expect((await client.send(get()).response()).body).toBe('back');
  });
});

describe('parking and draining', () => {
  it('requests wait while an instance is expected and go on the moment one is ready', async () => {
    const rig = await GatewayRig.open();
    const clients = await Promise.all([1, 2, 3].map(() => rig.client()));
    for (const client of clients) client.send(POST);
    await expect.poll(() => rig.gateway.stats().edges[0]?.parked).toBe(3);
    rig.put((await instance('up')).port);
    for (const client of clients) expect((await client.response()).body).toBe('up');
    expect(rig.gateway.stats().edges[0]).toMatchObject({ parked: 0, failed: 0 });
  });

  it('a client that leaves takes its request out of the queue', async () => {
    const rig = await GatewayRig.open();
    const client = await rig.client();
    client.send(get());
    await expect.poll(() => rig.gateway.stats().edges[0]?.parked).toBe(1);
    client.destroy();
    await expect.poll(() => rig.gateway.stats().edges[0]?.parked).toBe(0);
    expect(rig.gateway.stats().edges[0]?.inFlight).toBe(0);
  });

  it('the queue is bounded in length', async () => {
    const rig = await GatewayRig.open({ parked: 1 });
    const [first, second] = [await rig.client(), await rig.client()];
    first.send(get());
    await expect.poll(() => rig.gateway.stats().edges[0]?.parked).toBe(1);
    expect(JSON.parse((await second.send(get()).response()).body).msvc.code).toBe('queue-full');
  });

  it('and in time', async () => {
    const rig = await GatewayRig.open({ parkMs: 150 });
    const late = await (await rig.client()).send(get()).response();
    expect([late.status, JSON.parse(late.body).msvc.code]).toEqual([503, 'not-ready']);
  });

  it('by the words of an edge too, which need no number of requests at once beside them', async () => {
    const callers = { web: { limit: { queue: 0 } }, client: { limit: { queueMs: 150 } } };
    const rig = await GatewayRig.open({ parkMs: 60_000 }, { policies: { app: { own: {}, callers } } });
    const [web, client] = [await rig.client(rig.edgePort), await rig.client()];
    expect(JSON.parse((await web.send(get()).response()).body).msvc.code).toBe('queue-full');
    expect(JSON.parse((await client.send(get()).response()).body).msvc.code).toBe('not-ready');
  });

  it.each(['stopped', 'failed'] as const)(
    'a service that is %s answers at once, and frees those who wait',
    async (availability) => {
      const rig = await GatewayRig.open();
      const waiting = await rig.client();
      waiting.send(get());
      await expect.poll(() => rig.gateway.stats().edges[0]?.parked).toBe(1);
      rig.registry.setAvailability(APP, availability);
      expect(JSON.parse((await waiting.response()).body).msvc.code).toBe(availability);
      const next = await waiting.send(get()).response();
      expect(next.status).toBe(503);
      expect(next.fields.has('retry-after')).toBe(true);
    },
  );

  it('a large body waits in the client, not in the gateway', async () => {
    const rig = await GatewayRig.open();
    const client = await rig.client();
    const size = 32 * 1024 * 1024;
    client.send(`PUT / HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${size}\r\n\r\n`);
    client.socket.write(Buffer.alloc(size, 'x'));
    await expect.poll(() => rig.gateway.stats().edges[0]?.parked).toBe(1);
    expect(client.socket.writableLength).toBeGreaterThan(0);
    const backend = await rig.backend();
    const upstream = await backend.connection();
    await upstream.head();
    await upstream.bytes(size);
    upstream.send(answer('all'));
    expect((await client.response()).body).toBe('all');
  });

  it('a draining instance gets nothing new, finishes what it has, and the drain resolves', async () => {
    const rig = await GatewayRig.open();
    const old = await rig.backend(1);
    const client = await rig.client();
    client.send(get('/slow'));
    const upstream = await old.connection();
    await upstream.head();
    const next = await instance('next');
    rig.put(next.port, 2);
    rig.put(old.port, 1, 'draining');
    let drained = false;
    const draining = rig.gateway.drain('app.1@1', 60_000).then(() => {
      drained = true;
    });
    const other = await rig.client();
    for (let i = 0; i < 10; i++) expect((await other.send(get()).response()).body).toBe('next');
    expect(drained).toBe(false);
    upstream.send(answer('done'));
    expect((await client.response()).body).toBe('done');
    await draining;
    await upstream.closed();
  });

  it('a drain ends when its time is over, and at once for an instance nobody knows', async () => {
    const rig = await GatewayRig.open();
    await rig.gateway.drain('app.9@9', 60_000);
    const backend = await rig.backend();
    const client = await rig.client();
    client.send(get());
    await (await backend.connection()).head();
    await rig.gateway.drain('app.1@1', 20);
    client.destroy();
  });

  it('idle connections close when their instance drains or goes', async () => {
    const rig = await GatewayRig.open();
    const backend = await rig.backend();
    const client = await rig.client();
    client.send(get());
    const upstream = await backend.connection();
    await upstream.head();
    upstream.send(answer());
    await client.response();
    rig.put(backend.port, 1, 'draining');
    await upstream.closed();
  });

  it('a connection that is in use when its instance drains closes behind the answer', async () => {
    const rig = await GatewayRig.open();
    const backend = await rig.backend();
    const client = await rig.client();
    client.send(get());
    const upstream = await backend.connection();
    await upstream.head();
    rig.put(backend.port, 1, 'draining');
    upstream.send(answer('last'));
    expect((await client.response()).body).toBe('last');
    await upstream.closed();
  });

  it('an instance on ::1 only is found, and remembered', async () => {
    const rig = await GatewayRig.open();
    // A port that is free on both addresses: another test's server must not answer in its place.
    const holder = await RawBackend.open();
    const backend = await RawBackend.open(holder.port, '::1');
    await holder.close();
    onCleanup(() => backend.close());
    rig.put(backend.port);
    for (let i = 0; i < 2; i++) {
      const client = await rig.client();
      client.send(get('/', 'Connection: close\r\n'));
      const upstream = await backend.connection();
      await upstream.head();
      upstream.send(answer('six', '200 OK', 'Connection: close\r\n'));
      expect((await client.response()).body).toBe('six');
    }
    expect(rig.suspects).toEqual([]);
  });

  it('a reset before any byte of an answer: another replica is asked', async () => {
    const rig = await GatewayRig.open({}, { balancers: { app: 'round-robin' } });
    const bad = await rig.backend(1);
    rig.put((await instance('good')).port, 2);
    bad.server.on('connection', (socket) => socket.once('data', () => socket.resetAndDestroy()));
    const client = await rig.client();
    const put = 'PUT / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nhi';
    for (let i = 0; i < 6; i++) expect((await client.send(i % 2 ? put : get()).response()).body).toBe('good');
  });
});
