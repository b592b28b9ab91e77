/** Reading into lent memory and writing past the queue: the same bytes as by ordinary socket events, on any Node. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { internals, wrapAgain, writeNow } from '../../../src/gateway/io/node-internals.ts';
import { Sweeper } from '../../../src/gateway/io/sweeper.ts';
import { answer, GatewayRig, get, onCleanup } from './rig/gateway-rig.ts';

afterEach(() => {
  internals.areUsed = true;
});

it('this Node lets an accepted connection be wrapped again', async () => {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onCleanup(() => new Promise((resolve) => server.close(() => resolve())));
  const accepted = once(server, 'connection');
  const { connect } = await import('node:net');
  const client = connect((server.address() as { port: number }).port, '127.0.0.1');
  const [socket] = (await accepted) as [Socket];
  const memory = Buffer.alloc(16);
  const read = new Promise<string>((resolve) => {
    const callback = (length: number): boolean => {
      resolve(memory.toString('latin1', 0, length));
      return true;
    };
    const wrapped = wrapAgain(socket, { onread: { buffer: memory, callback } });
    expect(wrapped).not.toBeNull();
    onCleanup(() => void wrapped!.destroy());
  });
  client.end('hello');
  expect(await read).toBe('hello');
});

/** Both ends of a connection. */
async function pair(): Promise<{ near: Socket; far: Socket }> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onCleanup(() => new Promise((resolve) => server.close(() => resolve())));
  const { connect } = await import('node:net');
  const accepted = once(server, 'connection');
  const near = connect((server.address() as { port: number }).port, '127.0.0.1');
  const [far] = (await accepted) as [Socket];
  for (const socket of [near, far]) onCleanup(() => void socket.destroy());
  if (near.connecting) await once(near, 'connect');
  return { near, far };
}

it('deadlines are looked at when what came during a long turn has been read', async () => {
  const { near, far } = await pair();
  const order: string[] = [];
  far.on('data', () => order.push('read'));
  const sweeper = new Sweeper();
  const member = { sweep: () => void order.push('swept') };
  sweeper.add(member);
  onCleanup(() => sweeper.delete(member));
  // Timers come next, then what there is to read.
  await new Promise((resolve) => setImmediate(resolve));
  near.write('in time');
  for (const until = performance.now() + 150; performance.now() < until; );
  await expect.poll(() => order.length).toBeGreaterThan(1);
  expect(order.slice(0, 2)).toEqual(['read', 'swept']);
});

it('this Node lets text be written past the queue', async () => {
  const { near, far } = await pair();
  let text = '';
  far.on('data', (data) => {
    text += data.toString('latin1');
  });
  // The first write of all is an ordinary one, from which is learnt how to make the others.
  expect(writeNow(near, 'one ')).toBe(true);
  const write = vi.spyOn(near, 'write');
  expect(writeNow(near, 'tw\xf6 ')).toBe(true);
  // Later ones (24.22 and 26 do) make the requests of writes by themselves: then it is the ordinary way.
  const isKnown = Number.parseInt(process.versions.node, 10) < 24;
  expect(write.mock.calls.length).toBeLessThanOrEqual(isKnown ? 0 : 1);
  near.end();
  await once(far, 'end');
  expect(text).toBe('one tw\xf6 ');
});

it('a request that a write still holds is not used again, though the queue is empty by then', async () => {
  const { near, far } = await pair();
  writeNow(near, '');
  far.pause();
  // libuv may try a second time and write all: the queue is empty, but the end of the write is told later.
  const { _handle } = near as unknown as { _handle: object };
  Object.defineProperty(_handle, 'writeQueueSize', { value: 0 });
  let sent = 0;
  while (writeNow(near, 'x'.repeat(1000))) sent++;
  for (let i = 0; i < 3; i++) writeNow(near, 'y'.repeat(1000));
  near.end();
  let got = 0;
  far.on('data', (data) => {
    got += data.length;
  });
  far.resume();
  await once(far, 'end');
  expect(got).toBe((sent + 4) * 1000);
});

describe.each([true, false])('with the insides of Node used: %s', (areUsed) => {
  it('writes that the kernel does not take keep their order, and drain follows', async () => {
    internals.areUsed = areUsed;
    const { near, far } = await pair();
    far.pause();
    let sent = 0;
    const line = (number: number): string => `${String(number).padStart(999)}\n`;
    while (writeNow(near, line(sent++))) {}
    // Behind what waits already: by the same way, and by the ordinary one.
    writeNow(near, line(sent++));
    near.write(line(sent++), 'latin1');
    const drained = once(near, 'drain');
    let text = '';
    far.on('data', (data) => {
      text += data.toString('latin1');
    });
    far.resume();
    await drained;
    expect(writeNow(near, line(sent++))).toBe(true);
    near.end();
    await once(far, 'end');
    expect(text).toBe(Array.from({ length: sent }, (_, number) => line(number)).join(''));
  });

  it('a write to a connection that was reset is an error of the socket', async () => {
    internals.areUsed = areUsed;
    const { near, far } = await pair();
    const failed = once(near, 'error');
    far.resetAndDestroy();
    await once(far, 'close');
    // One write may still be taken: the reset comes with its answer.
    for (let i = 0; i < 100 && !near.destroyed; i++) {
      writeNow(near, 'x');
      await new Promise((resolve) => setImmediate(resolve));
    }
    const [error] = (await failed) as [NodeJS.ErrnoException];
    expect(['EPIPE', 'ECONNRESET']).toContain(error.code);
    expect(near.destroyed).toBe(true);
  });

  async function open(): Promise<GatewayRig> {
    internals.areUsed = areUsed;
    return GatewayRig.open();
  }

  it('large bodies cross one another unharmed, many at once, readers slow and quick', async () => {
    const rig = await open();
    const server = createServer((socket) => {
      // Sends back what it got: 2,000,000 bytes behind a head.
      let head = '';
      socket.on('error', () => {});
      socket.on('data', (data) => {
        if (head !== '') {
          socket.write(data);
          return;
        }
        const stop = data.indexOf('\r\n\r\n');
        head = data.toString('latin1', 0, stop);
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2000000\r\nConnection: close\r\n\r\n');
        socket.write(data.subarray(stop + 4));
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onCleanup(() => new Promise((resolve) => server.close(() => resolve())));
    rig.put((server.address() as { port: number }).port);
    await Promise.all(
      Array.from({ length: 12 }, async (_, index) => {
        const body = randomBytes(2_000_000).toString('latin1');
        const client = await rig.client();
        client.send('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2000000\r\n\r\n');
        client.send(body);
        if (index % 3 === 0) {
          client.socket.pause();
          setTimeout(() => client.socket.resume(), 100);
        }
        const response = await client.response();
        expect(response.body === body).toBe(true);
        client.destroy();
      }),
    );
  });

  it('pipelined requests behind bodies are read from memory of their own', async () => {
    const rig = await open();
    const backend = await rig.backend();
    const [first, second] = [await rig.client(), await rig.client()];
    first.send(`POST /1 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\none${get('/2')}${get('/3')}`);
    const upstream = await backend.connection();
    expect((await upstream.head()).line).toBe('POST /1 HTTP/1.1');
    expect(await upstream.bytes(3)).toBe('one');
    // Another connection's bytes go through the same memory meanwhile.
    second.send(`POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000\r\n\r\n${'x'.repeat(5000)}`);
    const other = await backend.connection();
    await other.head();
    expect(await other.bytes(5000)).toBe('x'.repeat(5000));
    upstream.send(answer('1'));
    expect((await first.response()).body).toBe('1');
    expect((await upstream.head()).line).toBe('GET /2 HTTP/1.1');
    upstream.send(answer('2'));
    expect((await upstream.head()).line).toBe('GET /3 HTTP/1.1');
    upstream.send(answer('3'));
    expect([(await first.response()).body, (await first.response()).body]).toEqual(['2', '3']);
  });

  it('a client that reads nothing holds small events back, and then gets each of them', async () => {
    const rig = await open();
    const backend = await rig.backend();
    const client = await rig.client();
    client.socket.pause();
    client.send(get('/'));
    const upstream = await backend.connection();
    await upstream.head();
    upstream.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
    const event = `1f4\r\n${'e'.repeat(500)}\r\n`;
    let sent = 0;
    // Until the gateway does not read any more.
    while (upstream.socket.writableLength < 1_000_000) {
      upstream.send(event);
      sent++;
      if (sent % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    upstream.send('0\r\n\r\n');
    client.socket.resume();
    const response = await client.response();
    expect(response.body.length).toBe(sent * 500);
  });
});
