/** The engine's end of the control socket, on real sockets. */
import { getEventListeners, once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { FrameReader, frame } from '../../../src/control/frames.ts';
import { ControlServer, gone, type Handlers, type Peer } from '../../../src/control/server.ts';
import { tempDir } from '../runtime/support.ts';

/** Two ends of one connection that no server of ours has accepted. */
async function pair(): Promise<readonly [Socket, Socket]> {
  const server = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const near = connect((server.address() as { port: number }).port, '127.0.0.1');
  const [far] = (await once(server, 'connection')) as [Socket];
  return [near, far];
}

test('who leaves waits until a connection that came in another way has been sent everything', async () => {
  const text = 'x'.repeat(10_000_000);
  const server = new ControlServer({ metrics: () => ({ text }) } as unknown as Handlers);
  const path = `${tempDir()}/s`;
  await server.listen(path);
  const [command, first] = await pair();
  server.serve(first);
  command.write(frame({ id: 1, method: 'metrics', params: {} }));
  await once(command, 'readable');
  const reader = new FrameReader();
  const got: unknown[] = [];
  let left = false;
  const leaving = server.leave().then(() => {
    left = true;
  });
  await nextTurn();
  expect([left, first.writableLength > 0]).toEqual([false, true]);
  command.on('data', (chunk: Buffer) => got.push(...reader.push(chunk)));
  await leaving;
  expect([first.writableLength, existsSync(path)]).toEqual([0, false]);
  first.destroy();
  await (command.closed || once(command, 'close'));
  expect(got).toEqual([{ id: 1, result: { text } }]);
});

test('JSON that is no request ends its connection, and nothing else', async () => {
  const server = new ControlServer({ metrics: () => ({ text: '' }) } as unknown as Handlers);
  const [near, far] = await pair();
  server.serve(far);
  near.resume().write(frame(null));
  await once(near, 'close');
  const [other, served] = await pair();
  server.serve(served);
  other.write(frame({ id: 1, method: 'metrics', params: {} }));
  const [answer] = (await once(other, 'data')) as [Buffer];
  expect(new FrameReader().push(answer)).toEqual([{ id: 1, result: { text: '' } }]);
  other.destroy();
});

test('who waits for the end of a connection leaves nothing on it', async () => {
  const connection = new AbortController();
  const { signal } = connection;
  const listening = () => getEventListeners(signal, 'abort').length;
  expect(await gone(signal, Promise.resolve('sooner'))).toBe('sooner');
  await expect(gone(signal, Promise.reject(new Error('failed')))).rejects.toThrow('failed');
  expect(listening()).toBe(0);
  const ended = gone(signal);
  connection.abort();
  expect(await ended).toBe(null);
  expect(await gone(signal)).toBe(null);
});

test('what is to come before items comes before their first byte, and once for those of a turn', async () => {
  const [command, far] = await pair();
  const written: number[] = [];
  const three = async (_params: unknown, peer: Peer, request: number) => {
    for (const n of [1, 2, 3]) peer.item(request, n);
    await gone(peer.gone);
  };
  const handlers = { events: three } as unknown as Handlers;
  const server = new ControlServer(handlers, { beforeItems: () => written.push(far.bytesWritten) });
  server.serve(far);
  command.write(frame({ id: 1, method: 'events', params: {} }));
  const reader = new FrameReader();
  const got: unknown[] = [];
  while (got.length < 3) got.push(...reader.push((await once(command, 'data'))[0]));
  expect(got).toEqual([1, 2, 3].map((item) => ({ id: 1, item })));
  expect(written).toEqual([0]);
  command.destroy();
});
