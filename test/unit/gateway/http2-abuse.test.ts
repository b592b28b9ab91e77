/**
 * HTTP/2 connections that try to exhaust the gateway, in the style of h2spec and of the CVEs that go by these names. Each is
 * ended, whatever it sends; what it sent is not kept, and others are served meanwhile.
 */
import { once } from 'node:events';
import http2 from 'node:http2';
import { expect, it } from 'vitest';
import { BLOCK, END_HEADERS, END_STREAM, frame, PREFACE, TYPES } from '../../fuzz/frames.ts';
import { answer, GatewayRig, onCleanup, route } from './rig/gateway-rig.ts';
import type { RawClient } from './rig/raw-client.ts';

const BEGIN = PREFACE + frame(TYPES.settings, 0, 0, '');
/** More than any limit lets through before the connection is ended. */
const MOST_BYTES = 96_000_000;
const PIECE = 64_000;

async function open() {
  const rig = await GatewayRig.open({ keepAliveMs: 1_000, headMs: 500, lingerMs: 200 });
  const backend = await rig.backend();
  backend.server.on('connection', (socket) => socket.on('data', () => socket.write(answer('ok'), 'latin1')));
  const client = await rig.client();
  client.send(BEGIN);
  return { rig, backend, client };
}

/** Sends `of(n)` again and again until the connection is over. @returns bytes that were taken */
async function flood(client: RawClient, of: (n: number) => string): Promise<number> {
  let n = 0;
  let sent = 0;
  while (client.over === null && sent < MOST_BYTES) {
    let piece = '';
    while (piece.length < PIECE) piece += of(n++);
    sent += piece.length;
    if (!client.socket.write(piece, 'latin1')) {
      await Promise.race([once(client.socket, 'drain').catch(() => {}), client.closed()]);
    } else await new Promise((resolve) => setImmediate(resolve));
  }
  return sent;
}

async function servesOthers(rig: GatewayRig): Promise<void> {
  const other = http2.connect(`http://localhost:${rig.port}`);
  onCleanup(() => other.destroy());
  const stream = other.request({ ':path': '/other' });
  const [headers] = await once(stream, 'response');
  expect(headers[':status']).toBe(200);
  other.destroy();
  await expect.poll(() => rig.gateway.stats().connections, { timeout: 10_000 }).toBe(0);
}

const stream = (n: number): number => 2 * n + 1;
const request = (n: number): string => frame(TYPES.headers, END_STREAM | END_HEADERS, stream(n), BLOCK);

it.each<[string, (n: number) => string, string]>([
  ['rapid reset (CVE-2023-44487)', (n) => request(n) + frame(TYPES.reset, 0, stream(n), '\0\0\0\x08'), ''],
  [
    'a head that never ends (CONTINUATION flood)',
    () => frame(TYPES.more, 0, 1, '\0\x01a\x01b'),
    frame(TYPES.headers, 0, 1, BLOCK),
  ],
  ['CONTINUATION without a byte', () => frame(TYPES.more, 0, 1, ''), frame(TYPES.headers, 0, 1, BLOCK)],
  ['more streams than are allowed', request, ''],
  ['DATA without a byte', () => frame(TYPES.data, 0, 1, ''), frame(TYPES.headers, END_HEADERS, 1, BLOCK)],
])('%s', async (_what, of, first) => {
  const { rig, client } = await open();
  client.socket.resume();
  client.send(first);
  expect(await flood(client, of)).toBeLessThan(MOST_BYTES);
  await servesOthers(rig);
});

it.each<[string, string]>([
  ['PING', frame(TYPES.ping, 0, 0, '12345678')],
  ['SETTINGS', frame(TYPES.settings, 0, 0, '')],
])('%s flood of a client that does not read', async (_what, one) => {
  const { rig, client } = await open();
  client.socket.pause();
  const before = process.memoryUsage().rss;
  // It is ended long before it has sent what would fill the memory: each frame wants an answer that nobody takes.
  expect(await flood(client, () => one)).toBeLessThan(MOST_BYTES);
  expect(process.memoryUsage().rss - before).toBeLessThan(MOST_BYTES);
  expect(client.over).not.toBeNull();
  await servesOthers(rig);
});

it.each([
  ['of 16 KB in one field', `\0\x01a\x7f\x81\x7e${'x'.repeat(16_384)}`],
  ['of three thousand fields', '\0\x01a\x01b'.repeat(3_000)],
])('a head %s reaches no instance', async (_what, fields) => {
  const { rig, backend, client } = await open();
  client.socket.resume();
  const pieces = (BLOCK + fields).match(/[\s\S]{1,8000}/g)!;
  pieces.forEach((piece, i) => {
    const flags = (i === 0 ? END_STREAM : 0) | (i === pieces.length - 1 ? END_HEADERS : 0);
    client.send(frame(i === 0 ? TYPES.headers : TYPES.more, flags, 1, piece));
  });
  await client.closed();
  expect(backend.connections).toEqual([]);
  await servesOthers(rig);
});

/** nghttp2 in Node 20.20 aborted the process on these, when Node had ended the session at the first of them. */
const BEHIND_GOAWAY =
  frame(TYPES.goaway, 0, 0, '\0'.repeat(8)) +
  frame(TYPES.headers, END_STREAM | END_HEADERS, 3, BLOCK) +
  frame(TYPES.priority, 0, 5, '\0') +
  frame(TYPES.headers, END_STREAM | END_HEADERS, 7, BLOCK);

it('a frame of a wrong length behind GOAWAY, from a client', async () => {
  const { rig, client } = await open();
  client.socket.resume();
  client.send(BEHIND_GOAWAY);
  await client.closed();
  await servesOthers(rig);
});

it('a frame of a wrong length behind GOAWAY, from an instance', async () => {
  const rig = await GatewayRig.open({ refusedMs: 200, keepAliveMs: 1_000, lingerMs: 200 });
  const backend = await rig.backend();
  rig.gateway.setRoutes({ routes: [route('app', '/')], balancers: {}, protocols: { app: 'h2c' } });
  backend.server.on('connection', (socket) => {
    socket.once('data', () => socket.write(frame(TYPES.settings, 0, 0, '') + BEHIND_GOAWAY, 'latin1'));
  });
  const client = await rig.client();
  client.send('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n');
  expect((await client.response()).status).toBeGreaterThanOrEqual(502);
});
