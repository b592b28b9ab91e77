/** Faults as requests meet them, and that a seed gives the same sequence each time. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import { describe, expect, it } from 'vitest';
import { Dice, type Stroke } from '../../../src/gateway/faults/dice.ts';
import { type Fault, NO_EFFECT, parseFaultTarget, wrongEffect } from '../../../src/model/fault.ts';
import { answer, GatewayRig, get, onCleanup } from './rig/gateway-rig.ts';
import { session } from './rig/http2-session.ts';

function fault(effects: Partial<Fault>): Fault {
  return {
    ...NO_EFFECT,
    id: 'f1',
    caller: 'web',
    callee: 'app',
    origin: 'command',
    addedAt: 0,
    endsAt: null,
    ...effects,
  };
}

/** An edge `web>app` to an instance that counts what reaches it. */
async function edge() {
  const rig = await GatewayRig.open();
  let met = 0;
  const server = createServer((_request, response) => {
    met++;
    response.end('fine');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onCleanup(() => void server.closeAllConnections());
  onCleanup(() => void server.close());
  rig.put((server.address() as { port: number }).port);
  return { rig, met: () => met };
}

const sequence = (faults: readonly Fault[], edgeOf = { caller: 'web', callee: 'app' }): Stroke[] => {
  const dice = new Dice(faults, edgeOf);
  return Array.from({ length: 500 }, () => dice.roll());
};

it('the same seed, the same sequence of outcomes; another seed or edge, another one', () => {
  const faults = [fault({ delayMs: 20, jitterMs: 10, errorPercent: 20, resetPercent: 10, abortPercent: 5, seed: 7 })];
  expect(sequence(faults)).toEqual(sequence(faults));
  expect(sequence(faults)).not.toEqual(sequence([{ ...faults[0]!, seed: 8 }]));
  expect(sequence(faults)).not.toEqual(sequence(faults, { caller: 'other', callee: 'app' }));
});

it('shares come out as asked, and a delay stays within its jitter', () => {
  const strokes = sequence([
    fault({ delayMs: 20, jitterMs: 10, delayPercent: 50, errorPercent: 20, resetPercent: 10, abortPercent: 5 }),
  ]);
  const share = (end: Stroke['end']): number => strokes.filter((stroke) => stroke.end === end).length / 5;
  expect(share('error')).toBeGreaterThan(14);
  expect(share('error')).toBeLessThan(26);
  expect(share('reset')).toBeGreaterThan(5);
  expect(share('abort')).toBeGreaterThan(1);
  const delays = strokes.map(({ delayMs }) => delayMs).filter((ms) => ms > 0);
  expect(delays.length).toBeGreaterThan(190);
  expect(delays.length).toBeLessThan(310);
  expect(Math.min(...delays)).toBeGreaterThanOrEqual(10);
  expect(Math.max(...delays)).toBeLessThanOrEqual(30);
});

it('an error is answered in the place of the callee, and says what it is', async () => {
  const { rig, met } = await edge();
  rig.gateway.setFaults([fault({ errorPercent: 100, status: 429 })]);
  const client = await rig.client(rig.edgePort);
  const response = await client.send(get('/x')).response();
  expect(response.status).toBe(429);
  expect(response.head).toContain('429 Too Many Requests');
  expect(response.fields.get('content-type')).toEqual(['application/problem+json']);
  expect(response.fields.get('proxy-status')?.[0]).toMatch(/^msvc; error=proxy_internal_response/);
  expect(JSON.parse(response.body)).toMatchObject({
    status: 429,
    msvc: { code: 'fault', fault: 'f1', edge: 'web->app', service: 'app' },
  });
  expect(met()).toBe(0);
  expect(rig.gateway.stats().edges.find(({ caller }) => caller === 'web')).toMatchObject({
    ...{ requests: 1, failed: 1, faulted: 1, faults: ['f1'] },
    reasons: { FI: 1 },
  });
});

it('only the edge that was named is met, and nothing once the fault is gone', async () => {
  const { rig } = await edge();
  rig.gateway.setFaults([fault({ errorPercent: 100 })]);
  const [outside, inside] = [await rig.client(), await rig.client(rig.edgePort)];
  expect((await outside.send(get()).response()).status).toBe(200);
  expect((await inside.send(get()).response()).status).toBe(503);
  rig.gateway.setFaults([]);
  expect((await inside.send(get()).response()).status).toBe(200);
  rig.gateway.setFaults([fault({ caller: '*', errorPercent: 100 })]);
  expect((await outside.send(get()).response()).status).toBe(503);
  rig.gateway.setFaults([fault({ caller: 'client', errorPercent: 100 })]);
  expect((await inside.send(get()).response()).status).toBe(200);
});

it('a delay holds the request back, names itself in the answer, and keeps a body whole', async () => {
  const { rig } = await edge();
  rig.gateway.setFaults([fault({ delayMs: 120 })]);
  const client = await rig.client(rig.edgePort);
  const startedAt = performance.now();
  const put = 'PUT / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello';
  const response = await client.send(put).response();
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(119);
  expect([response.status, response.body]).toEqual([200, 'fine']);
  expect(response.fields.get('x-msvc-fault')).toEqual(['f1']);
});

it.each<[string, Partial<Fault>]>([
  ['an error', { errorPercent: 100 }],
  ['an error after a delay', { errorPercent: 100, delayMs: 1 }],
  ['a reset', { resetPercent: 100 }],
])('the gateway names the fault in its own answer for %s, to HTTP/1.1, HTTP/2 and gRPC', async (_what, effects) => {
  const { rig, met } = await edge();
  rig.gateway.setFaults([fault(effects)]);
  const plain = await rig.client(rig.edgePort);
  expect((await plain.send(get()).response()).fields.get('x-msvc-fault')).toEqual(['f1']);
  const client = await session(rig.edgePort);
  const call = { ':method': 'POST', 'content-type': 'application/grpc', te: 'trailers' };
  for (const headers of [{}, call]) {
    const stream = client.request({ ':path': '/', ...headers }, { endStream: headers !== call });
    if (headers === call) stream.end(Buffer.alloc(5));
    const [fields] = await once(stream, 'response');
    expect(fields).toMatchObject({ 'x-msvc-fault': 'f1', ...(headers === call && { 'grpc-status': '14' }) });
    stream.resume();
  }
  expect(met()).toBe(0);
});

it('a delay names itself in an answer that opens a tunnel', async () => {
  const rig = await GatewayRig.open();
  rig.gateway.setFaults([fault({ delayMs: 1 })]);
  const backend = await rig.backend();
  const client = await rig.client(rig.edgePort);
  client.send(get('/', 'Connection: Upgrade\r\nUpgrade: websocket\r\n'));
  const upstream = await backend.connection();
  await upstream.head();
  upstream.send('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
  expect((await client.response()).fields.get('x-msvc-fault')).toEqual(['f1']);
});

it('a client that leaves in the middle of a delay leaves nothing behind', async () => {
  const { rig, met } = await edge();
  rig.gateway.setFaults([fault({ delayMs: 60_000 })]);
  const client = await rig.client(rig.edgePort);
  client.send(get());
  await expect.poll(() => rig.gateway.stats().edges.find(({ caller }) => caller === 'web')?.inFlight).toBe(1);
  client.destroy();
  await expect.poll(() => rig.gateway.stats().edges.find(({ caller }) => caller === 'web')?.inFlight).toBe(0);
  expect(met()).toBe(0);
});

it('a reset looks like one of the callee: repeated where HTTP allows it, else 502', async () => {
  const { rig, met } = await edge();
  rig.gateway.setFaults([fault({ resetPercent: 100 })]);
  const client = await rig.client(rig.edgePort);
  const got = await client.send(get()).response();
  expect(got.status).toBe(502);
  expect(JSON.parse(got.body).msvc).toMatchObject({ code: 'upstream-reset', fault: 'f1' });
  await client.send('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n').response();
  expect(met()).toBe(0);
  expect(rig.gateway.stats().edges.find(({ caller }) => caller === 'web')).toMatchObject({ retries: 2, failed: 2 });
});

it('some resets: a GET gets through after all', async () => {
  const { rig } = await edge();
  rig.gateway.setFaults([fault({ resetPercent: 15, seed: 5 })]);
  const client = await rig.client(rig.edgePort);
  for (let i = 0; i < 10; i++) expect((await client.send(get()).response()).status).toBe(200);
  expect(rig.gateway.stats().edges.find(({ caller }) => caller === 'web')?.retries).toBeGreaterThan(0);
});

it('an abort resets the connection of the caller', async () => {
  const { rig, met } = await edge();
  rig.gateway.setFaults([fault({ abortPercent: 100 })]);
  const client = await rig.client(rig.edgePort);
  expect(await client.send(get()).closed()).toBe('reset');
  expect(client.received).toBe('');
  expect(met()).toBe(0);
});

it('edges are written with an arrow, `gateway` stands for the client', () => {
  expect(parseFaultTarget('orders->payments')).toEqual({ caller: 'orders', callee: 'payments' });
  expect(parseFaultTarget('gateway->orders')).toEqual({ caller: 'client', callee: 'orders' });
  expect(parseFaultTarget('*:payments')).toEqual({ caller: '*', callee: 'payments' });
  for (const text of ['', 'orders', 'orders->', '->x', 'a b->c', 'A->b'])
    expect(parseFaultTarget(text)).toBe(undefined);
});

it('numbers that cannot be are named', () => {
  expect(wrongEffect(NO_EFFECT)?.field).toBe('none');
  expect(wrongEffect({ ...NO_EFFECT, errorPercent: 60, resetPercent: 50 })?.field).toBe('shares');
  expect(wrongEffect({ ...NO_EFFECT, errorPercent: 5, status: 200 })?.field).toBe('status');
  expect(wrongEffect({ ...NO_EFFECT, delayMs: Number.NaN })?.field).toBe('delayMs');
  expect(wrongEffect({ ...NO_EFFECT, delayMs: 5 })).toBe(undefined);
});

describe('a slow line', () => {
  const SIZE = 40_000;
  const RATE = 100_000;
  /** Read at once, before any of it is due. */
  const PIECE = RATE / 20;
  const body = 'x'.repeat(SIZE);

  async function slow(effects: Partial<Fault> = {}) {
    const rig = await GatewayRig.open();
    rig.gateway.setFaults([fault({ bytesPerSecond: RATE, ...effects })]);
    return { rig, backend: await rig.backend(), client: await rig.client(rig.edgePort) };
  }

  it('an answer comes no faster than that, whole; its connection is not used for others', async () => {
    const { rig, backend, client } = await slow();
    const startedAt = performance.now();
    client.send(get());
    const upstream = await backend.connection();
    await upstream.head();
    upstream.send(answer(body));
    const response = await client.response();
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(((SIZE - PIECE) / RATE) * 1_000 - 1);
    expect(response.body).toBe(body);
    expect(response.fields.get('x-msvc-fault')).toEqual(['f1']);
    await upstream.closed();
    expect(rig.gateway.stats().edges.find(({ caller }) => caller === 'web')).toMatchObject({
      ...{ faulted: 1, reasons: { DI: 1 }, inFlight: 0 },
    });
    // Without the fault a connection is kept, and read from as always.
    rig.gateway.setFaults([]);
    for (let i = 0; i < 2; i++) {
      client.send(get());
      if (i === 0) await backend.connection();
      const kept = backend.connections[1]!;
      await kept.head();
      kept.send(answer(body));
      expect((await client.response()).body).toBe(body);
    }
    expect(backend.connections).toHaveLength(2);
  });

  it('holds the instance back, and a client that has enough of it ends both', async () => {
    const { rig, backend, client } = await slow();
    client.send(get());
    const upstream = await backend.connection();
    await upstream.head();
    upstream.send(`HTTP/1.1 200 OK\r\nContent-Length: ${2 ** 30}\r\n\r\n`);
    const piece = Buffer.alloc(2 ** 20, 'x');
    let sent = 0;
    while (sent < 2 ** 30 && upstream.socket.writableLength < 4 * piece.length) {
      upstream.socket.write(piece);
      sent += piece.length;
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(sent).toBeLessThan(2 ** 30);
    await client.text('xxx');
    client.destroy();
    await upstream.closed();
    await expect.poll(() => rig.gateway.stats().edges.every(({ inFlight }) => inFlight === 0)).toBe(true);
  });

  it('a connection of another protocol is as slow towards its caller, and ends as it did', async () => {
    const { rig, backend } = await slow();
    rig.gateway.setRoutes({ routes: [], balancers: {}, protocols: { app: 'tcp' } });
    const client = await rig.client(rig.edgePort);
    client.send('question');
    const upstream = await backend.connection();
    await upstream.until((received) => received === 'question');
    const startedAt = performance.now();
    upstream.socket.end(body, 'latin1');
    expect(await client.closed()).toBe('end');
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(((SIZE - PIECE) / RATE) * 1_000 - 1);
    expect(client.received).toBe(body);
  });

  it('answers of HTTP/2 come whole', async () => {
    const { rig } = await slow({ bytesPerSecond: 400_000 });
    const server = createHttp2Server((_request, response) => void response.end(body));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onCleanup(() => void server.close());
    rig.gateway.setRoutes({ routes: [], balancers: {}, protocols: { app: 'h2c' } });
    rig.put((server.address() as { port: number }).port);
    const client = await rig.client(rig.edgePort);
    expect((await client.send(get()).response()).body).toBe(body);
  });

  it('of two the slower one counts', () => {
    const [stroke] = sequence([fault({ bytesPerSecond: 500 }), fault({ id: 'f2', bytesPerSecond: 400 })]);
    expect(stroke).toMatchObject({ bytesPerSecond: 400, end: 'pass', fault: 'f1' });
    expect(wrongEffect({ ...NO_EFFECT, bytesPerSecond: 1 })).toBeUndefined();
    expect(wrongEffect({ ...NO_EFFECT, bytesPerSecond: -1 })).toMatchObject({ field: 'bytesPerSecond' });
  });
});
