/** `protocol: tcp`: connections instead of requests, balanced, parked and broken off as those are. */
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { RouteTable } from '../../../src/gateway/protocol.ts';
import { type Fault, type FaultEffects, NO_EFFECT } from '../../../src/model/fault.ts';
import type { PolicyWords } from '../../../src/model/policy.ts';
import { APP, GatewayRig, onCleanup, route } from './rig/gateway-rig.ts';
import { RawBackend } from './rig/raw-backend.ts';

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

it('a client that resets while its connection waits for an instance takes its place no longer', async () => {
  const rig = await open();
  const client = await rig.client(rig.edgePort);
  await expect.poll(() => rig.gateway.stats().edges[0]?.parked).toBe(1);
  client.socket.resetAndDestroy();
  await expect.poll(() => rig.gateway.stats().edges[0]).toMatchObject({ parked: 0, inFlight: 0 });
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

describe('what holds for a connection as a whole', () => {
  const policies = (own: PolicyWords): Partial<RouteTable> => ({
    routes: [],
    protocols: { app: 'tcp' },
    policies: { app: { own, callers: {} } },
  });

  function fault(effects: Partial<FaultEffects>): Fault {
    const target = { caller: 'web', callee: 'app' };
    return { ...NO_EFFECT, ...effects, ...target, id: 'f1', origin: 'command', addedAt: 0, endsAt: null };
  }

  it('a delay holds it back before an instance is asked', async () => {
    const rig = await open();
    const backend = await rig.backend();
    rig.gateway.setFaults([fault({ delayMs: 200 })]);
    const begun = performance.now();
    const client = await rig.client(rig.edgePort);
    client.send('late');
    const upstream = await backend.connection();
    expect(performance.now() - begun).toBeGreaterThan(190);
    await upstream.until((received) => received === 'late');
    expect(rig.gateway.stats().edges).toMatchObject([{ faulted: 1, failed: 0, reasons: { DI: 1 } }]);
  });

  it.each([{ errorPercent: 100 }, { resetPercent: 100 }, { abortPercent: 100 }])('%o resets it', async (effects) => {
    const rig = await open();
    const backend = await rig.backend();
    rig.gateway.setFaults([fault(effects)]);
    const [error] = await once(connect(rig.edgePort, '127.0.0.1'), 'error');
    expect(error).toMatchObject({ code: 'ECONNRESET' });
    expect(backend.connections).toHaveLength(0);
    expect(rig.gateway.stats().edges).toMatchObject([{ faulted: 1, failed: 1, reasons: { FI: 1 } }]);
  });

  it('a limit: others wait for their turn, and more than may wait are reset', async () => {
    const rig = await GatewayRig.open({}, policies({ limit: { inFlight: 1, queue: 1 } }));
    const backend = await rig.backend();
    const first = await rig.client(rig.edgePort);
    const upstream = await backend.connection();
    const second = await rig.client(rig.edgePort);
    second.send('second');
    await expect.poll(() => rig.gateway.stats().edges[0]?.serviceLimit).toMatchObject({ inside: 1, waiting: 1 });
    const [error] = await once(connect(rig.edgePort, '127.0.0.1'), 'error');
    expect(error).toMatchObject({ code: 'ECONNRESET' });
    expect(backend.connections).toHaveLength(1);
    first.socket.resetAndDestroy();
    await upstream.closed();
    await (await backend.connection()).until((received) => received === 'second');
    expect(rig.gateway.stats().edges).toMatchObject([{ failed: 1, reasons: { OV: 1 } }]);
  });

  it('who waited too long for its turn is reset', async () => {
    const rig = await GatewayRig.open({}, policies({ limit: { inFlight: 1, queue: 1, queueMs: 50 } }));
    const backend = await rig.backend();
    await rig.client(rig.edgePort);
    await backend.connection();
    expect(await (await rig.client(rig.edgePort)).closed()).toBe('reset');
  });

  it('the circuit opens when no connections come about, and turns others away until one does', async () => {
    const breaker = { requests: 3, failurePercent: 50, openMs: 1_500 };
    const rig = await GatewayRig.open({ refusedMs: 100 }, policies({ breaker }));
    const gone = await rig.backend();
    const { port } = gone;
    await gone.close();
    for (let i = 0; i < 3; i++) await once(connect(rig.edgePort, '127.0.0.1'), 'error');
    expect(rig.news).toMatchObject([{ type: 'breaker.opened', caller: 'web', callee: 'app', failures: 3 }]);
    await once(connect(rig.edgePort, '127.0.0.1'), 'error');
    expect(rig.gateway.stats().edges).toMatchObject([{ failed: 4, reasons: { UF: 3, UO: 1 } }]);
    const back = await RawBackend.open(port);
    onCleanup(() => back.close());
    await expect
      .poll(async () => {
        await rig.client(rig.edgePort);
        return rig.news.at(-1)?.type;
      })
      .toBe('breaker.closed');
  });

  it('an instance to which no connection comes about is ejected', async () => {
    const rig = await GatewayRig.open({}, policies({ ejection: { failures: 2 } }));
    const good = await rig.backend(1);
    const gone = await rig.backend(2);
    await gone.close();
    await expect
      .poll(async () => {
        (await rig.client(rig.edgePort)).destroy();
        return rig.news;
      })
      .toMatchObject([
        { type: 'instance.ejected', instance: expect.stringContaining('app.2'), failures: expect.any(Number) },
      ]);
    expect(good.connections.length).toBeGreaterThan(0);
    expect(rig.gateway.stats().edges).toMatchObject([{ failed: 0 }]);
  });
});
