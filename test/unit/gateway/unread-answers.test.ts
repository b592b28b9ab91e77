/** Clients that send requests but do not read: what the gateway holds for them is bounded, and nothing of it gets lost. */
import { createServer } from 'node:http';
import type { Socket } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ClientConnection } from '../../../src/gateway/exchange/client-connection.ts';
import { internals, isReset } from '../../../src/gateway/io/node-internals.ts';
import { GatewayRig, get, onCleanup } from './rig/gateway-rig.ts';
import type { RawClient } from './rig/raw-client.ts';
import { acceptedSocket, queuedBytes } from './rig/sockets.ts';

afterEach(() => {
  internals.areUsed = true;
  vi.restoreAllMocks();
});

/** An instance that answers each request with so many bytes; how many there were, and what then waited at most. */
async function instance(rig: GatewayRig, bytes: number) {
  const body = Buffer.alloc(bytes, 'a');
  const seen = { requests: 0, mostQueued: 0 };
  let socket: Socket | undefined;
  const server = createServer((_request, response) => {
    seen.requests++;
    socket ??= acceptedSocket(rig.port)!;
    seen.mostQueued = Math.max(seen.mostQueued, queuedBytes(socket));
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onCleanup(() => {
    server.closeAllConnections();
    server.close();
  });
  rig.put((server.address() as { port: number }).port);
  return seen;
}

/** More than what kernels hold between two processes, several times. */
const REQUESTS = 2_000;
const BYTES = 30_000;

/** All these requests are sent by a client that does not read, until the gateway has enough. */
async function flooded(limits = {}) {
  const rig = await GatewayRig.open(limits);
  const seen = await instance(rig, BYTES);
  const client = await rig.client();
  client.socket.pause();
  client.send(get().repeat(REQUESTS));
  await expect.poll(() => seen.requests).toBeGreaterThan(0);
  const socket = acceptedSocket(rig.port)!;
  await expect.poll(() => seen.requests === REQUESTS || socket.writableNeedDrain).toBe(true);
  return { rig, seen, client, socket };
}

/** Answers that came, counted as they come. */
function counted(client: RawClient): { count: number; bytes: number } {
  const answers = { count: 0, bytes: 0 };
  client.socket.removeAllListeners('data');
  let rest = '';
  client.socket.on('data', (data) => {
    const text = rest + data.toString('latin1');
    answers.count += text.split('HTTP/1.1 ').length - 1;
    answers.bytes += data.length;
    rest = /H?T?T?P?\/?1?\.?1? ?$/.exec(text)![0];
    if (rest === 'HTTP/1.1 ') rest = '';
  });
  client.socket.resume();
  return answers;
}

describe.each([true, false])('with the insides of Node used: %s', (areUsed) => {
  it('no pipelined request is begun before the answer in front is with the kernel; all are answered at last', async () => {
    internals.areUsed = areUsed;
    const { seen, client, socket } = await flooded();
    expect(seen.mostQueued).toBeLessThan(socket.writableHighWaterMark);
    expect(queuedBytes(socket)).toBeLessThan(socket.writableHighWaterMark + 2 * BYTES);
    expect(seen.requests).toBeLessThan(REQUESTS);
    const answers = counted(client);
    await expect.poll(() => answers.count).toBe(REQUESTS);
    expect(seen.mostQueued).toBeLessThan(socket.writableHighWaterMark);
  });

  it('nor one that the gateway answers itself, and no more is read from the client', async () => {
    internals.areUsed = areUsed;
    const rig = await GatewayRig.open();
    const client = await rig.client();
    client.socket.pause();
    const requests = 60_000;
    client.send('TRACE / HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(requests));
    await expect.poll(() => acceptedSocket(rig.port)?.bytesWritten ?? 0).toBeGreaterThan(0);
    const socket = acceptedSocket(rig.port)!;
    let most = 0;
    while (!socket.isPaused() && socket.bytesWritten < requests * 300) {
      await new Promise((resolve) => setImmediate(resolve));
      most = Math.max(most, queuedBytes(socket));
    }
    expect(socket.isPaused()).toBe(true);
    expect(most).toBeLessThan(256 * 1024);
    const answers = counted(client);
    await expect.poll(() => answers.count).toBe(requests);
  });

  it('a client that leaves meanwhile leaves nothing behind', async () => {
    internals.areUsed = areUsed;
    const { rig, client } = await flooded();
    client.destroy();
    await expect.poll(() => rig.gateway.stats().connections).toBe(0);
    expect(rig.gateway.stats().edges[0]).toMatchObject({ inFlight: 0 });
  });
});

it('a client that has ended its side is done with soon after it reads', async () => {
  const { rig, client } = await flooded();
  client.socket.end();
  const answers = counted(client);
  await client.closed();
  expect(answers.count).toBeGreaterThan(0);
  await expect.poll(() => rig.gateway.stats().connections).toBe(0);
});

it('the time for a head or for the next request does not run while the gateway itself does not look at it', async () => {
  const swept = vi.spyOn(ClientConnection.prototype, 'sweep');
  const { client } = await flooded({ headMs: 50, keepAliveMs: 50 });
  client.send('GET /last HTT');
  swept.mockClear();
  await expect.poll(() => swept.mock.calls.length).toBeGreaterThan(3);
  client.send('P/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
  const answers = counted(client);
  expect(await client.closed()).toBe('end');
  expect(answers.count).toBe(REQUESTS + 1);
});

it('a client that takes nothing for too long is reset', async () => {
  const { rig, client } = await flooded({ bodyIdleMs: 50 });
  await expect.poll(() => rig.gateway.stats().connections).toBe(0);
  // Who does not read hears nothing of it.
  await expect.poll(() => isReset(client.socket)).toBe(true);
});

it('a listener that closes lets a client take the answers that were begun, and no others', async () => {
  const { rig, seen, client } = await flooded();
  rig.gateway.unlisten('public');
  const answers = counted(client);
  expect(await client.closed()).toBe('end');
  expect(seen.requests).toBeLessThan(REQUESTS);
  expect(answers.count).toBe(seen.requests);
  expect(answers.bytes).toBeGreaterThan(seen.requests * BYTES);
});
