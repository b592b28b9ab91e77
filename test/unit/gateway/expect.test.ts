/** RFC 9110 10.1.1: a client that waits for 100 holds its body back rightly; who is waited for then, and until when. */
import { afterEach, expect, it, vi } from 'vitest';
import { ClientConnection } from '../../../src/gateway/exchange/client-connection.ts';
import { GatewayRig } from './rig/gateway-rig.ts';
import { http2Backend } from './rig/http2-backend.ts';

const PUT = 'PUT / HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n';
const LONG_MS = 60_000;

afterEach(() => {
  vi.restoreAllMocks();
});

/** Some times the gateway has looked at all deadlines: half a second has passed for it. */
async function looks(): Promise<void> {
  const swept = vi.spyOn(ClientConnection.prototype, 'sweep');
  await expect.poll(() => swept.mock.calls.length).toBeGreaterThan(4);
}

async function asked(limits: { responseHeadMs: number; bodyIdleMs: number }) {
  const rig = await GatewayRig.open(limits);
  const backend = await rig.backend();
  const client = await rig.client();
  client.send(PUT);
  const upstream = await backend.connection();
  expect((await upstream.head()).fields.get('expect')).toEqual(['100-continue']);
  return { client, upstream };
}

it('an instance that says nothing is the one who took too long', async () => {
  const { client } = await asked({ responseHeadMs: 100, bodyIdleMs: LONG_MS });
  const response = await client.response();
  expect([response.status, JSON.parse(response.body).msvc.code]).toEqual([504, 'response-timeout']);
});

it('the client has its time for the body from the 100 on', async () => {
  const { client, upstream } = await asked({ responseHeadMs: LONG_MS, bodyIdleMs: 100 });
  await looks();
  expect(client.received).toBe('');
  upstream.send('HTTP/1.1 100 Continue\r\n\r\n');
  expect((await client.response()).status).toBe(408);
});

it('a client that begins without waiting has it from then on, and the instance is not waited for before the end', async () => {
  const { client, upstream } = await asked({ responseHeadMs: 100, bodyIdleMs: LONG_MS });
  client.send('h');
  await upstream.bytes(1);
  await looks();
  expect(client.received).toBe('');
  client.send('i');
  expect((await client.response()).status).toBe(504);
  const slow = await asked({ responseHeadMs: LONG_MS, bodyIdleMs: 100 });
  slow.client.send('h');
  expect((await slow.client.response()).status).toBe(408);
});

it('while there is no instance, the client is not the one who is late', async () => {
  const rig = await GatewayRig.open({ bodyIdleMs: 100 });
  const client = await rig.client();
  client.send(PUT);
  await looks();
  expect(client.received).toBe('');
  const backend = await rig.backend();
  const upstream = await backend.connection();
  await upstream.head();
  upstream.send('HTTP/1.1 100 Continue\r\n\r\n');
  await client.text('100 Continue\r\n\r\n');
});

it('an instance that speaks HTTP/2 is not asked: the gateway says 100 once the request is sent', async () => {
  const rig = await GatewayRig.open();
  await http2Backend(rig, (stream, headers) => {
    const asks = headers.expect ?? 'nothing';
    stream.setEncoding('latin1');
    stream.once('data', (body) => {
      stream.respond({ ':status': 200 });
      stream.end(`${asks} ${body}`);
    });
  });
  const client = await rig.client();
  client.send(PUT);
  await client.text('HTTP/1.1 100 Continue\r\n\r\n');
  client.send('hi');
  expect((await client.response()).body).toBe('nothing hi');
});
