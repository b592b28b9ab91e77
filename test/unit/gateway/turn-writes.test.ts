/** What is written when a turn ends: with everything of it, in its order, and before whatever would overtake it. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { EdgeCounter } from '../../../src/gateway/counters/edge-counter.ts';
import { internals, isFull, isReset } from '../../../src/gateway/io/node-internals.ts';
import { closeSocket, endSending, resetSocket, sendBytes, sendHeadAndPieces } from '../../../src/gateway/io/send.ts';
import { writeSoon, writeWaiting } from '../../../src/gateway/io/turn-writes.ts';
import { answer, GatewayRig, get, onCleanup } from './rig/gateway-rig.ts';

afterEach(() => {
  internals.areUsed = true;
});

/** A connection to write to, and all that comes out of its other end. */
async function pair(): Promise<{ near: Socket; far: Socket; text: () => string }> {
  const server = createServer({ allowHalfOpen: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onCleanup(() => new Promise((resolve) => server.close(() => resolve())));
  const accepted = once(server, 'connection');
  const near = connect({ port: (server.address() as { port: number }).port, host: '127.0.0.1', allowHalfOpen: true });
  const [far] = (await accepted) as [Socket];
  if (near.connecting) await once(near, 'connect');
  for (const socket of [near, far]) {
    socket.on('error', () => {});
    onCleanup(() => void socket.destroy());
  }
  let text = '';
  far.on('data', (data) => {
    text += data.toString('latin1');
  });
  return { near, far, text: () => text };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe.each([true, false])('with the insides of Node used: %s', (areUsed) => {
  it('texts of one turn leave together at its end, those of one connection that follow each other as one', async () => {
    internals.areUsed = areUsed;
    const [one, two] = [await pair(), await pair()];
    // The first write of all may be an ordinary one, from which is learnt how to make the others.
    writeSoon(one.near, '0');
    await turn();
    const before = one.near.bytesWritten;
    const far = once(one.far, 'data');
    writeSoon(one.near, '1');
    writeSoon(one.near, '\xf62');
    writeSoon(two.near, 'x');
    writeSoon(one.near, '3');
    expect([one.near.bytesWritten, two.near.bytesWritten]).toEqual([before, 0]);
    await turn();
    expect([one.near.bytesWritten, two.near.bytesWritten]).toEqual([before + 4, 1]);
    await far;
    endSending(one.near);
    await once(one.far, 'end');
    expect(one.text()).toBe('01\xf623');
  });

  it.each([
    ['bytes', (near: Socket) => sendBytes(near, Buffer.from('bytes'), 0, 5)],
    ['a head and pieces', (near: Socket) => sendHeadAndPieces(near, 'b', [Buffer.from('yt'), Buffer.from('es')])],
  ])('%s do not overtake a text', async (_name, write) => {
    internals.areUsed = areUsed;
    const { near, far, text } = await pair();
    writeSoon(near, 'text ');
    write(near);
    writeSoon(near, ' text');
    endSending(near);
    await once(far, 'end');
    expect(text()).toBe('text bytes text');
  });

  it('a connection that is closed in the same turn has sent its text', async () => {
    internals.areUsed = areUsed;
    const { near, far, text } = await pair();
    writeSoon(near, 'the last word');
    closeSocket(near);
    await once(far, 'end');
    expect(text()).toBe('the last word');
  });

  it('a connection that is reset in the same turn has sent its text', async () => {
    internals.areUsed = areUsed;
    const { near, far, text } = await pair();
    const read = once(far, 'data');
    writeSoon(near, 'the last word');
    resetSocket(near);
    await read;
    expect(text()).toBe('the last word');
  });

  it('a connection that is reset behind its end, while the kernel does not take its text, is gone', async () => {
    internals.areUsed = areUsed;
    const { near, far } = await pair();
    far.pause();
    writeSoon(near, '0');
    await turn();
    while (!isFull(near)) {
      writeSoon(near, 'x'.repeat(1_000_000));
      await turn();
    }
    endSending(near);
    const closed = once(near, 'close');
    resetSocket(near);
    await closed;
    internals.areUsed = true;
    await expect.poll(() => isReset(far)).toBe(true);
  });

  it('a connection that is ended while the kernel does not take its text has sent all of it', async () => {
    internals.areUsed = areUsed;
    const { near, far, text } = await pair();
    far.pause();
    writeSoon(near, '0');
    await turn();
    let bytes = 1;
    while (!isFull(near)) {
      writeSoon(near, 'x'.repeat(1_000_000));
      bytes += 1_000_000;
      await turn();
    }
    endSending(near);
    far.resume();
    await once(far, 'end');
    expect(text().length).toBe(bytes);
  });

  it('a text to a connection that broke meanwhile harms no other', async () => {
    internals.areUsed = areUsed;
    const [broken, whole] = [await pair(), await pair()];
    writeSoon(broken.near, 'lost');
    writeSoon(whole.near, 'found');
    broken.near.destroy();
    await once(whole.far, 'data');
    expect(whole.text()).toBe('found');
  });
});

it('what a write brings about, writing all included, is in its place', async () => {
  internals.areUsed = false;
  const [one, two] = [await pair(), await pair()];
  one.near.write = () => {
    writeSoon(two.near, 'second');
    writeWaiting();
    return true;
  };
  writeSoon(one.near, 'x');
  writeSoon(two.near, 'first ');
  writeSoon(one.near, 'y');
  await once(two.far, 'data');
  endSending(two.near);
  await once(two.far, 'end');
  expect(two.text()).toBe('first secondsecond');
});

it.each(['unlisten', 'close'] as const)(
  'an answer goes out though its listener is gone in the same turn: %s',
  async (how) => {
    const rig = await GatewayRig.open();
    const backend = await rig.backend();
    const client = await rig.client();
    client.send(get('/'));
    const upstream = await backend.connection();
    await upstream.head();
    const { finished } = EdgeCounter.prototype;
    const spy = vi.spyOn(EdgeCounter.prototype, 'finished').mockImplementation(function (this: EdgeCounter, ...ended) {
      finished.apply(this, ended);
      // Behind the reading of the answer, before the turn ends.
      queueMicrotask(() => (how === 'close' ? rig.gateway.close() : rig.gateway.unlisten('public')));
    });
    onCleanup(() => spy.mockRestore());
    upstream.send(answer('last'));
    expect((await client.response()).body).toBe('last');
  },
);
