/** Rules 54-59: aborts, early answers, backpressure, event streams, WebSocket. */

import { once } from 'node:events';
import { createServer } from 'node:http';
import { describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { internals } from '../../../src/gateway/io/node-internals.ts';
import { answer, GatewayRig, get, onCleanup } from './rig/gateway-rig.ts';
import { session } from './rig/http2-session.ts';

async function begin(limits = {}) {
  const rig = await GatewayRig.open(limits);
  const backend = await rig.backend();
  return { rig, backend };
}

async function open(request: string, limits = {}) {
  const { rig, backend } = await begin(limits);
  const client = await rig.client();
  client.send(request);
  const upstream = await backend.connection();
  await upstream.head();
  return { rig, backend, client, upstream };
}

const upload = 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000000\r\n\r\n';

describe('rule 54-56', () => {
  it.each(['FIN', 'RST'])(
    'rule 54: a client that leaves (%s) before the answer cancels the upstream request',
    async (how) => {
      const { rig, client, upstream } = await open(get());
      if (how === 'FIN') client.socket.end();
      else client.socket.resetAndDestroy();
      await upstream.closed();
      expect(rig.gateway.stats().edges[0]).toMatchObject({ inFlight: 0, requests: 1 });
    },
  );

  it('rule 54: and one that leaves in the middle of an upload or of an answer', async () => {
    const uploading = await open(`${upload}part`);
    await uploading.upstream.bytes(4);
    uploading.client.destroy();
    await uploading.upstream.closed();
    const reading = await open(get());
    reading.upstream.send('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart');
    await reading.client.text('part');
    reading.client.destroy();
    await reading.upstream.closed();
  });

  it('rule 54: and one that resets an upload that the instance does not take', async () => {
    const { rig, client, upstream } = await open(upload);
    upstream.socket.pause();
    const piece = Buffer.alloc(64 * 1024, 'x');
    // Until all buffers between are full: nothing is read from the client then.
    while (client.socket.writableLength < 4 * piece.length) {
      client.socket.write(piece);
      await new Promise((resolve) => setImmediate(resolve));
    }
    client.socket.resetAndDestroy();
    // In ordinary ways it is known only when reading goes on.
    if (!internals.areUsed) upstream.socket.resume();
    await expect.poll(() => rig.gateway.stats().edges[0]?.inFlight).toBe(0);
    upstream.socket.resume();
    await upstream.closed();
  });

  it('rule 55: an early answer is delivered, the upload stops', async () => {
    const { client, upstream } = await open(`${upload}part`);
    upstream.send(answer('no', '413 Content Too Large'));
    const response = await client.response();
    expect([response.status, response.body, response.fields.get('connection')]).toEqual([413, 'no', ['close']]);
    await upstream.closed();
    client.send('x'.repeat(100_000));
    client.socket.end();
    await client.closed();
  });

  it('rule 55: even when the instance closes at once with the upload under way', async () => {
    const { client, upstream } = await open(`${upload}part`);
    upstream.socket.pause();
    const feeding = setInterval(() => client.socket.writable && client.send('x'.repeat(20_000)), 1);
    onCleanup(() => clearInterval(feeding));
    upstream.send(answer('no', '413 Content Too Large'));
    upstream.socket.end(() => upstream.socket.destroy());
    const response = await client.response();
    expect([response.status, response.body]).toEqual([413, 'no']);
  });

  it('rule 55: an answer that streams while the upload goes on', async () => {
    const { client, upstream } = await open('POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n');
    upstream.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
    for (const piece of ['one', 'two']) {
      client.send(`3\r\n${piece}\r\n`);
      expect(await upstream.bytes(8)).toBe(`3\r\n${piece}\r\n`);
      upstream.send(`3\r\n${piece}\r\n`);
      await client.text(`3\r\n${piece}\r\n`);
    }
    client.send('0\r\n\r\n');
    await upstream.bytes(5);
    upstream.send('0\r\n\r\n');
    expect((await client.response()).body).toBe('onetwo');
  });

  it('rule 56: a reader that does not read holds the instance back, and then gets every byte', async () => {
    const { client, upstream } = await open(get());
    client.socket.pause();
    const size = 64 * 1024 * 1024;
    upstream.send(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`);
    const piece = Buffer.alloc(1024 * 1024, 'x');
    let sent = 0;
    // Writes until the instance's own socket is full: what lies between is in kernels, not in the gateway.
    const before = process.memoryUsage().rss;
    while (sent < size && upstream.socket.writableLength < 4 * piece.length) {
      upstream.socket.write(piece);
      sent += piece.length;
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(sent).toBeLessThan(size);
    expect(process.memoryUsage().rss - before).toBeLessThan(48 * 1024 * 1024);
    client.socket.removeAllListeners('data');
    let got = 0;
    const all = new Promise<void>((resolve) => {
      client.socket.on('data', (data) => {
        got += data.length;
        if (got >= size) resolve();
      });
    });
    client.socket.resume();
    for (; sent < size; sent += piece.length) upstream.socket.write(piece) || (await once(upstream.socket, 'drain'));
    await all;
  });

  it.each(['HTTP/1.1', 'HTTP/2'])('rule 56: but not for ever (%s)', async (protocol) => {
    const { rig, backend } = await begin({ bodyIdleMs: 300 });
    if (protocol === 'HTTP/2') (await session(rig.port)).request({ ':path': '/' }).on('error', () => {});
    else (await rig.client()).send(get()).socket.pause();
    const upstream = await backend.connection();
    await upstream.head();
    upstream.send('HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n');
    const feeding = setInterval(() => upstream.socket.writable && upstream.send('x'.repeat(1_000_000)), 1);
    onCleanup(() => clearInterval(feeding));
    await upstream.closed();
    await expect.poll(() => rig.gateway.stats().edges[0]).toMatchObject({ inFlight: 0, failed: 0, reasons: { SI: 1 } });
  });

  it('rule 56: an instance that does not read holds the uploading client back', async () => {
    const { client, upstream } = await open('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 67108864\r\n\r\n');
    upstream.socket.pause();
    const piece = Buffer.alloc(1024 * 1024, 'x');
    let sent = 0;
    while (sent < 64 && client.socket.writableLength < 4 * piece.length) {
      client.socket.write(piece);
      sent++;
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(sent).toBeLessThan(64);
    upstream.socket.resume();
    for (; sent < 64; sent++) client.socket.write(piece);
    await upstream.until((received) => received.length === 67108864);
    upstream.send(answer());
    expect((await client.response()).status).toBe(200);
  });
});

describe('rule 57-59', () => {
  it('rule 57: each event of a stream is delivered by itself', async () => {
    const { client, upstream } = await open(get('/', 'Accept: text/event-stream\r\n'));
    upstream.send('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n');
    await client.text('text/event-stream');
    for (const event of ['data: 1\n\n', 'data: 2\n\n']) {
      upstream.send(`9\r\n${event}\r\n`);
      await client.text(event);
    }
  });

  /** A real WebSocket server that echoes, greets in the same segment as the handshake, and refuses /no. */
  async function echo() {
    const server = createServer((request, response) => response.end(`plain ${request.headers.upgrade}`));
    const sockets = new WebSocketServer({ noServer: true });
    server.on('upgrade', (request, socket, head) => {
      if (request.url === '/no')
        return void socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 4\r\nConnection: close\r\n\r\nnope');
      sockets.handleUpgrade(request, socket, head, (peer) => {
        peer.send('welcome');
        peer.on('message', (data, binary) => peer.send(data, { binary }));
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onCleanup(async () => {
      for (const peer of sockets.clients) peer.terminate();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });
    const rig = await GatewayRig.open();
    rig.put((server.address() as { port: number }).port);
    return { rig, sockets };
  }

  it('rule 58: WebSocket: handshake, early bytes, echo, ping, close', async () => {
    const { rig, sockets } = await echo();
    const socket = new WebSocket(`ws://localhost:${rig.port}/chat`, { family: 4, perMessageDeflate: false });
    const messages: string[] = [];
    socket.on('message', (data) => messages.push(String(data)));
    await once(socket, 'message');
    socket.send('x'.repeat(200_000));
    await once(socket, 'message');
    const pong = once(socket, 'pong');
    socket.ping('?');
    expect(String((await pong)[0])).toBe('?');
    expect(messages).toEqual(['welcome', 'x'.repeat(200_000)]);
    expect(rig.gateway.stats().instances[0]?.inFlight).toBe(1);
    const closed = once(socket, 'close');
    socket.close(4001, 'bye');
    expect((await closed)[0]).toBe(4001);
    for (const peer of sockets.clients) await once(peer, 'close');
    expect(rig.gateway.stats().instances[0]?.inFlight).toBe(0);
  });

  it('rule 58: a refused upgrade reaches the client', async () => {
    const { rig } = await echo();
    const socket = new WebSocket(`ws://localhost:${rig.port}/no`, { family: 4 });
    socket.on('error', () => {});
    const [, response] = await once(socket, 'unexpected-response');
    expect(response.statusCode).toBe(403);
    socket.terminate();
  });

  it('rule 58: either side that breaks takes the other with it', async () => {
    const { rig, sockets } = await echo();
    for (const side of ['client', 'instance']) {
      const socket = new WebSocket(`ws://localhost:${rig.port}/`, { family: 4 });
      socket.on('error', () => {});
      await once(socket, 'message');
      const [peer] = [...sockets.clients];
      const other = side === 'client' ? once(peer!, 'close') : once(socket, 'close');
      if (side === 'client') socket.terminate();
      else peer!.terminate();
      await other;
    }
  });

  it.each(['h2c', 'foo/2', 'TLS/1.0'])('rule 59: the upgrade token %s is ignored', async (token) => {
    const { rig } = await echo();
    const client = await rig.client();
    const response = await client
      .send(get('/', `Connection: Upgrade, HTTP2-Settings\r\nUpgrade: ${token}\r\nHTTP2-Settings: AAMAAABk\r\n`))
      .response();
    expect([response.status, response.body]).toEqual([200, 'plain undefined']);
  });

  it('rule 58: a tunnel keeps half-closed sides', async () => {
    const { client, upstream } = await open(
      get('/', 'Connection: upgrade\r\nUpgrade: WebSocket\r\nSec-WebSocket-Key: x\r\n'),
    );
    upstream.send(
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: y\r\n\r\nearly',
    );
    await client.text('\r\n\r\nearly');
    expect(client.received).toContain('Sec-WebSocket-Accept: y\r\n');
    client.send('last words');
    client.socket.end();
    expect(await upstream.closed()).toBe('end');
    expect(upstream.received).toBe('last words');
    upstream.socket.end('farewell');
    expect(await client.closed()).toBe('end');
    expect(client.received).toMatch(/farewell$/);
  });
});
