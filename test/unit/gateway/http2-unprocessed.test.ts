/** RFC 9113 8.7: a request that an instance says it did nothing with is sent again, whatever its method. */
import { expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../../src/gateway/limits.ts';
import type { RetryPolicy } from '../../../src/model/policy.ts';
import { END_HEADERS, END_STREAM, frame, TYPES } from '../../fuzz/frames.ts';
import { GatewayRig, onCleanup, route } from './rig/gateway-rig.ts';
import { session } from './rig/http2-session.ts';
import type { BackendConnection, RawBackend } from './rig/raw-backend.ts';

const SETTINGS = frame(TYPES.settings, 0, 0, '');
const POST = 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello';

/** An instance that speaks HTTP/2 frame by frame. */
async function open(retries: Partial<RetryPolicy> = {}) {
  const rig = await GatewayRig.open();
  const backend = await rig.backend();
  const policies = { app: { own: { retries, ejection: null, breaker: null }, callers: {} } };
  rig.gateway.setRoutes({ routes: [route('app', '/')], balancers: {}, policies, protocols: { app: 'h2c' } });
  backend.server.on('connection', (socket) => socket.write(SETTINGS, 'latin1'));
  return { rig, backend, client: await rig.client() };
}

const word = (n: number): string => `\0\0\0${String.fromCharCode(n)}`;
const refuse = (stream: number, code = 7): string => frame(TYPES.reset, 0, stream, word(code));
const goAway = (last: number, code: number): string => frame(TYPES.goaway, 0, 0, word(last) + word(code));
const ok = (stream: number): string => frame(TYPES.headers, END_STREAM | END_HEADERS, stream, '\x88');

/** HEADERS and DATA of one request, with which it ends. */
function whole(upstream: BackendConnection, stream: number, body = 'hello'): Promise<unknown> {
  const data = frame(TYPES.data, 0, stream, body).slice(5);
  return upstream.until((received) => received.includes(data));
}

const edge = (rig: GatewayRig) => rig.gateway.stats().edges.find(({ caller }) => caller === 'client');

it('a POST whose stream was refused goes again over the same session, its body whole', async () => {
  const { rig, backend, client } = await open();
  client.send(POST);
  const upstream = await backend.connection();
  await whole(upstream, 1);
  upstream.send(refuse(1));
  await whole(upstream, 3);
  upstream.send(ok(3));
  expect((await client.response()).status).toBe(200);
  expect(backend.connections).toHaveLength(1);
  expect(edge(rig)).toMatchObject({ requests: 1, retries: 1, failed: 0 });
});

it.each([
  ['in order', 0],
  ['with an error', 11],
])('a POST that a GOAWAY %s says was not looked at goes again over a new session', async (_how, code) => {
  const { backend, client } = await open();
  client.send(POST);
  const first = await backend.connection();
  await whole(first, 1);
  first.send(goAway(0, code));
  const second = await backend.connection();
  await whole(second, 1);
  second.send(ok(1));
  expect((await client.response()).status).toBe(200);
});

it('a POST that waited for a place in a session that goes away was never sent', async () => {
  const { rig, backend, client } = await open();
  client.send(POST);
  const first = await backend.connection();
  await whole(first, 1);
  first.send(frame(TYPES.settings, 0, 0, `\0\x03${word(1)}`));
  const ack = frame(TYPES.settings, 1, 0, '');
  await first.until((received) => received.split(ack).length === 3);
  const other = await rig.client();
  other.send(POST);
  await expect.poll(() => edge(rig)?.inFlight).toBe(2);
  first.send(goAway(1, 0));
  const second = await backend.connection();
  await whole(second, 1);
  second.send(ok(1));
  expect((await other.response()).status).toBe(200);
  first.send(ok(1));
  expect((await client.response()).status).toBe(200);
});

it('a call of gRPC goes again with what has been said so far, and goes on', async () => {
  const { rig, backend } = await open();
  const client = await session(rig.port);
  const call = client.request({ ':method': 'POST', ':path': '/t.T/Both', 'content-type': 'application/grpc' });
  onCleanup(() => void call.destroy());
  call.write('one');
  const upstream = await backend.connection();
  await whole(upstream, 1, 'one');
  upstream.send(refuse(1));
  await whole(upstream, 3, 'one');
  call.end('two');
  await whole(upstream, 3, 'two');
  const responded = new Promise((resolve) => call.once('response', resolve));
  upstream.send(ok(3));
  expect(await responded).toMatchObject({ ':status': 200 });
});

/** Answers every request so. @returns how often there was one */
function always(backend: RawBackend, say: (stream: number) => string): () => number {
  let asked = 0;
  backend.server.on('connection', (socket) =>
    socket.on('data', (data) => {
      for (const [, stream = ''] of data.toString('latin1').matchAll(/\x01.\0\0\0([\x01-\x7f])/gs)) {
        asked++;
        socket.write(say(stream.charCodeAt(0)), 'latin1');
      }
    }),
  );
  return () => asked;
}

it('not more often than other repetitions', async () => {
  const { backend, client } = await open({ attempts: 3, pauseMs: 1 });
  const asked = always(backend, (stream) => refuse(stream));
  const { status, body } = await client.send(POST).response();
  expect([status, JSON.parse(body)]).toMatchObject([
    502,
    { detail: 'REFUSED_STREAM', msvc: { code: 'upstream-reset', attempts: 4 } },
  ]);
  expect(asked()).toBe(4);
});

it('not without a budget', async () => {
  const { backend, client } = await open({ budgetPercent: 0, budgetPerSecond: 0 });
  const asked = always(backend, (stream) => refuse(stream));
  expect((await client.send(POST).response()).status).toBe(502);
  expect(asked()).toBe(1);
});

it('not when the instance may have done something with it', async () => {
  const { backend, client } = await open();
  const asked = always(backend, (stream) => refuse(stream, 2));
  expect((await client.send(POST).response()).status).toBe(502);
  expect(asked()).toBe(1);
});

it('not when more of its body has gone than is kept', async () => {
  const { rig, backend, client } = await open();
  client.send(`POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${2 ** 20}\r\n\r\nfirst`);
  const upstream = await backend.connection();
  await whole(upstream, 1, 'first');
  upstream.send(frame(TYPES.window, 0, 0, '\0\x10\0\0') + frame(TYPES.window, 0, 1, '\0\x10\0\0'));
  client.send(`${'x'.repeat(DEFAULT_LIMITS.heldBytes)}last`);
  await upstream.until((received) => received.includes('last'));
  upstream.send(refuse(1));
  expect((await client.response()).status).toBe(502);
  expect(edge(rig)).toMatchObject({ retries: 0 });
});

it('nor is one whose client was told to go on; that it was refused is told, and not blamed on its answer', async () => {
  const { backend, client } = await open();
  client.send('POST / HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n');
  await client.text('HTTP/1.1 100 Continue\r\n\r\n');
  client.send('hello');
  const upstream = await backend.connection();
  await whole(upstream, 1);
  upstream.send(refuse(1));
  const { status, body } = await client.response();
  expect([status, JSON.parse(body).msvc.code]).toEqual([502, 'upstream-reset']);
});
