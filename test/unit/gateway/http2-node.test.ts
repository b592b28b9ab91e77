/** What HTTP/1.1 allows and Node's HTTP/2 throws at, never tells or breaks by: the gateway serves on. */
import { once } from 'node:events';
import http2, { type IncomingHttpHeaders } from 'node:http2';
import { expect, it } from 'vitest';
import { END_HEADERS, END_STREAM, frame, PREFACE, requestBlock, TYPES } from '../../fuzz/frames.ts';
import { answer, GatewayRig, get, onCleanup, route } from './rig/gateway-rig.ts';
import { session } from './rig/http2-session.ts';
import type { BackendConnection } from './rig/raw-backend.ts';
import type { RawClient } from './rig/raw-client.ts';

it.each([
  ['a status that HTTP does not have', 'HTTP/1.1 999 Own\r\nContent-Length: 2\r\n\r\nok', { ':status': 502 }],
  [
    'one field twice that is to stand once',
    'HTTP/1.1 200 OK\r\nX-Content-Type-Options: nosniff\r\nX-Content-Type-Options: nosniff\r\nContent-Length: 2\r\n\r\nok',
    { ':status': 200, 'x-content-type-options': 'nosniff, nosniff' },
  ],
  [
    'cookies and challenges, line by line',
    'HTTP/1.1 401 No\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nSet-Cookie: c=3\r\nContent-Length: 2\r\n\r\nok',
    { ':status': 401, 'set-cookie': ['a=1', 'b=2', 'c=3'] },
  ],
  [
    'a field with the name of what every object has',
    'HTTP/1.1 200 OK\r\nConstructor: x\r\nContent-Length: 2\r\n\r\nok',
    { ':status': 200, constructor: 'x' },
  ],
])('an answer in HTTP/1.1 with %s', async (_what, text, wanted) => {
  const rig = await GatewayRig.open();
  const backend = await rig.backend();
  const client = await session(rig.port);
  const stream = client.request({ ':path': '/' });
  const responded = once(stream, 'response');
  const upstream = await backend.connection();
  await upstream.head();
  upstream.send(text);
  const [headers] = (await responded) as [IncomingHttpHeaders];
  let body = '';
  stream.setEncoding('latin1').on('data', (data) => {
    body += data;
  });
  await once(stream, 'end');
  expect({ ...headers }).toMatchObject(wanted);
  expect(body).toBe('ok');
});

it('a client that ends its side has gone, and its requests with it', async () => {
  const rig = await GatewayRig.open();
  const backend = await rig.backend();
  const client = await rig.client();
  client.socket.resume();
  client.send(PREFACE + frame(TYPES.settings, 0, 0, ''));
  client.send(frame(TYPES.headers, END_STREAM | END_HEADERS, 1, requestBlock('/')));
  const upstream = await backend.connection();
  await upstream.head();
  client.socket.end();
  await upstream.closed();
  await client.closed();
  await expect.poll(() => rig.gateway.stats().connections).toBe(0);
});

it('a request behind a GOAWAY is served while another is under way', async () => {
  const rig = await GatewayRig.open();
  const backend = await rig.backend();
  const client = await rig.client();
  const ask = (stream: number): unknown =>
    client.send(frame(TYPES.headers, END_STREAM | END_HEADERS, stream, requestBlock(`/${stream}`)));
  client.send(PREFACE + frame(TYPES.settings, 0, 0, ''));
  ask(1);
  const first = await backend.connection();
  await first.head();
  client.send(frame(TYPES.goaway, 0, 0, '\0'.repeat(8)) + frame(TYPES.ping, 0, 0, 'is there'));
  await client.text('is there');
  ask(3);
  const second = await backend.connection();
  await second.head();
  second.send(answer('second'));
  await client.text('second');
  first.send(answer('first'));
  await client.text('first');
  await client.closed();
});

it('a client that has been asked for a sign of life once is asked again, and its connection closed when it is idle', async () => {
  const rig = await GatewayRig.open({ keepAliveMs: 200 });
  const backend = await rig.backend();
  const client = await session(rig.port);
  const stream = client.request({ ':path': '/slow' });
  const upstream = await backend.connection();
  await upstream.head();
  // The first one may be that of the beginning.
  for (let i = 0; i < 3; i++) await once(client, 'remoteSettings');
  const closed = once(client, 'close');
  upstream.send(answer('late'));
  await once(stream.resume(), 'end');
  await closed;
});

/** Frames on stream 1. */
const RESETS = [
  ['without an error', frame(TYPES.reset, 0, 1, '\0\0\0\0')],
  ['with CANCEL', frame(TYPES.reset, 0, 1, '\0\0\0\x08')],
] as const;

it.each(RESETS)(
  'a request that its client resets %s in the middle of its body does not look whole',
  async (_how, reset) => {
    const rig = await GatewayRig.open();
    const backend = await rig.backend();
    const client = await rig.client();
    client.send(PREFACE + frame(TYPES.settings, 0, 0, ''));
    client.send(frame(TYPES.headers, END_HEADERS, 1, requestBlock('/')) + frame(TYPES.data, 0, 1, 'part'));
    const upstream = await backend.connection();
    await upstream.head();
    expect(await upstream.bytes(9)).toBe('4\r\npart\r\n');
    client.send(reset);
    await upstream.closed();
    expect(upstream.received).toBe('');
  },
);

it.each(RESETS)(
  'an answer that its instance resets %s in the middle of its body does not look whole',
  async (_how, reset) => {
    const rig = await GatewayRig.open();
    const backend = await rig.backend();
    rig.gateway.setRoutes({ routes: [route('app', '/')], balancers: {}, protocols: { app: 'h2c' } });
    const client = await rig.client();
    client.send(get());
    const upstream = await backend.connection();
    upstream.send(frame(TYPES.settings, 0, 0, ''));
    // HEADERS on stream 1.
    await upstream.until((received) => /\x01.\0\0\0\x01/s.test(received));
    upstream.send(frame(TYPES.headers, END_HEADERS, 1, '\x88') + frame(TYPES.data, 0, 1, 'part'));
    await client.text('part\r\n');
    upstream.send(reset);
    expect(await client.closed()).toBe('reset');
    expect(client.received.endsWith('\r\n\r\n4\r\npart\r\n')).toBe(true);
  },
);

it('a whole answer to a request whose rest the instance does not want (RFC 9113 8.1) is whole', async () => {
  const rig = await GatewayRig.open();
  const backend = await rig.backend();
  rig.gateway.setRoutes({ routes: [route('app', '/')], balancers: {}, protocols: { app: 'h2c' } });
  const client = await rig.client();
  client.send('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\npart');
  const upstream = await backend.connection();
  upstream.send(frame(TYPES.settings, 0, 0, ''));
  await upstream.until((received) => received.includes('part'));
  const [[, reset]] = RESETS;
  upstream.send(frame(TYPES.headers, END_HEADERS, 1, '\x88') + frame(TYPES.data, END_STREAM, 1, 'enough') + reset);
  expect(await client.response()).toMatchObject({ status: 200, body: 'enough' });
});

it('an instance that broke a rule gets no request for long on that session, however many come', async () => {
  const rig = await GatewayRig.open({ upstreamIdleMs: 1_000, responseHeadMs: 100 });
  const backend = await rig.backend();
  const policies = { app: { own: { breaker: null, ejection: null }, callers: {} } };
  rig.gateway.setRoutes({ routes: [route('app', '/')], balancers: {}, policies, protocols: { app: 'h2c' } });
  const ask = async (): Promise<RawClient> => (await rig.client()).send('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  const cut = await ask();
  const upstream = await backend.connection();
  upstream.send(frame(TYPES.settings, 0, 0, ''));
  await upstream.until((received) => /\x01.\0\0\0\x01/s.test(received));
  upstream.send(frame(TYPES.headers, END_HEADERS, 1, '\x88') + frame(TYPES.data, 0, 1, 'part'));
  await cut.text('part');
  upstream.send(frame(TYPES.settings, 0, 0, 'abc'));
  // Each request is something that the gateway says on the session, or would.
  while (backend.connections.length === 1) expect((await (await ask()).response()).status).toBe(504);
  expect(await cut.closed()).toBe('reset');
});

it.each([
  [
    'breaks a rule of HTTP/2 and stays',
    (upstream: BackendConnection) => upstream.send(frame(TYPES.settings, 0, 0, 'abc')),
  ],
  ['goes', (upstream: BackendConnection) => upstream.socket.end()],
])('an instance that %s in an answer: it ends, and does not look whole', async (_what, act) => {
  const rig = await GatewayRig.open({ upstreamIdleMs: 1_000 });
  const backend = await rig.backend();
  rig.gateway.setRoutes({ routes: [route('app', '/')], balancers: {}, protocols: { app: 'h2c' } });
  const client = await rig.client();
  client.send('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  const upstream = await backend.connection();
  upstream.send(frame(TYPES.settings, 0, 0, ''));
  // HEADERS on stream 1.
  await upstream.until((received) => /\x01.\0\0\0\x01/s.test(received));
  upstream.send(frame(TYPES.headers, END_HEADERS, 1, '\x88') + frame(TYPES.data, 0, 1, 'part'));
  await client.text('part');
  act(upstream);
  await client.closed();
  expect(client.received).not.toContain('\r\n0\r\n');
  await expect.poll(() => rig.gateway.stats().edges.every(({ inFlight }) => inFlight === 0)).toBe(true);
});

it('many requests at once to an instance that speaks HTTP/2 warn of nothing', async () => {
  const warnings: string[] = [];
  const note = (warning: Error): unknown => warnings.push(warning.message);
  process.on('warning', note);
  onCleanup(() => void process.off('warning', note));
  const rig = await GatewayRig.open();
  const server = http2.createServer();
  const held: http2.ServerHttp2Stream[] = [];
  server.on('stream', (stream) => {
    held.push(stream);
    if (held.length < 20) return;
    for (const one of held) {
      one.respond();
      one.end('ok');
    }
  });
  const sessions = new Set<http2.ServerHttp2Session>();
  server.on('session', (one) => sessions.add(one));
  onCleanup(() => {
    for (const one of sessions) one.destroy();
    server.close();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  rig.gateway.setRoutes({ routes: [route('app', '/')], balancers: {}, protocols: { app: 'h2c' } });
  rig.put((server.address() as { port: number }).port);
  const clients = await Promise.all(Array.from({ length: 20 }, () => rig.client()));
  for (const client of clients) client.send('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  for (const client of clients) expect((await client.response()).status).toBe(200);
  await new Promise((resolve) => setImmediate(resolve));
  expect(warnings).toEqual([]);
});
