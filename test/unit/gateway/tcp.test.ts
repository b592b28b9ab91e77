/** `protocol: tcp`: connections instead of requests, balanced, parked and broken off as those are. */
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { APP, GatewayRig, route } from './rig/gateway-rig.ts';

async function open(limits = {}): Promise<GatewayRig> {
  return GatewayRig.open(limits, { routes: [route('app', '/')], protocols: { app: 'tcp' } });
}

it('bytes go both ways from the first on, whoever speaks first', async () => {
  const rig = await open();
  const backend = await rig.backend();
  const client = await rig.client(rig.edgePort);
  const upstream = await backend.connection();
  upstream.send('+READY\r\n');
  await client.text('+READY\r\n');
  client.send('\x00\xff*1\r\n');
  await upstream.until((received) => received === '\x00\xff*1\r\n');
  expect(rig.gateway.stats().edges).toMatchObject([{ caller: 'web', callee: 'app', requests: 1, inFlight: 1 }]);
  client.destroy();
  await upstream.closed();
});

it('a half-closed side leaves the other one open', async () => {
  const rig = await open();
  const backend = await rig.backend();
  const client = await rig.client(rig.edgePort);
  client.send('question');
  client.socket.end();
  const upstream = await backend.connection();
  await upstream.closed();
  expect(upstream.received).toBe('question');
  upstream.send('answer');
  upstream.socket.end();
  await client.closed();
  expect([client.received, client.over]).toEqual(['answer', 'end']);
  await expect.poll(() => rig.gateway.stats().edges[0]?.inFlight).toBe(0);
});

it('connections are spread over the instances; one that refuses is passed over', async () => {
  const rig = await open();
  const first = await rig.backend(1);
  const gone = await rig.backend(2);
  await gone.close();
  const clients = await Promise.all(Array.from({ length: 6 }, () => rig.client(rig.edgePort)));
  for (const client of clients) client.send('x');
  for (const _ of clients) {
    const upstream = await first.connection();
    await upstream.until((received) => received === 'x');
  }
  const second = await rig.backend(3);
  await expect
    .poll(async () => {
      (await rig.client(rig.edgePort)).send('y');
      return second.connections.length;
    })
    .toBeGreaterThan(0);
});

it('a connection waits while an instance is expected, and is reset while none is', async () => {
  const rig = await open();
  const client = await rig.client(rig.edgePort);
  client.send('early');
  await expect.poll(() => rig.gateway.stats().edges[0]?.parked).toBe(1);
  const backend = await rig.backend();
  const upstream = await backend.connection();
  await upstream.until((received) => received === 'early');
  rig.registry.remove(rig.registry.snapshot().rows[0]!.id);
  rig.registry.setAvailability(APP, 'stopped');
  // The reset may come before the connection was seen to be there.
  const [error] = await once(connect(rig.edgePort, '127.0.0.1'), 'error');
  expect(error).toMatchObject({ code: 'ECONNRESET' });
});

it('either side that breaks takes the other with it', async () => {
  const rig = await open();
  const backend = await rig.backend();
  const client = await rig.client(rig.edgePort);
  client.send('x');
  const upstream = await backend.connection();
  await upstream.until((received) => received === 'x');
  upstream.socket.resetAndDestroy();
  expect(await client.closed()).toBe('reset');
  const other = await rig.client(rig.edgePort);
  const next = await backend.connection();
  other.socket.resetAndDestroy();
  await next.closed();
});

it('megabytes both ways at once come whole, however slowly they are taken', async () => {
  const rig = await open();
  const backend = await rig.backend();
  const client = await rig.client(rig.edgePort);
  const bytes = randomBytes(8_000_000);
  const upstream = await backend.connection();
  client.socket.pause();
  upstream.socket.write(bytes);
  client.socket.write(bytes);
  await upstream.until((received) => received.length === bytes.length);
  client.socket.resume();
  await client.until((received) => received.length === bytes.length);
  const hash = (data: Buffer): string => createHash('sha256').update(data).digest('hex');
  expect(hash(Buffer.from(client.received, 'latin1'))).toBe(hash(bytes));
  expect(hash(Buffer.from(upstream.received, 'latin1'))).toBe(hash(bytes));
});
