import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Client } from '../../../src/control/client.ts';
import { FrameReader, frame } from '../../../src/control/frames.ts';
import { PROTOCOL_VERSION } from '../../../src/control/protocol.ts';
import { VERSION } from '../../../src/model/version.ts';

interface Frame {
  readonly id: number;
  readonly method: string;
  readonly params: object;
}

/** An engine that says of itself what is given. */
function engineOf(hello: object): Promise<string> {
  return answering(({ id }) => frame({ id, result: hello }));
}

async function answering(answer: (asked: Frame) => string): Promise<string> {
  const dir = mkdtempSync(path.join(tmpdir(), 'msvc-client-'));
  const socket = path.join(dir, 's');
  const server = createServer((peer) => {
    const reader = new FrameReader();
    peer.on('data', (chunk) => {
      for (const asked of reader.push(chunk) as Frame[]) peer.write(answer(asked));
    });
    peer.on('error', () => {});
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  onTestFinished(() => {
    server.close();
    rmSync(dir, { recursive: true });
  });
  return socket;
}

const project = { name: 'shop', dir: '/shop' };

test('an engine that speaks another protocol is refused, with both versions and whom to end', async () => {
  const socket = await engineOf({ version: '9.0.0', protocol: PROTOCOL_VERSION + 1, pid: 42, project });
  await expect(Client.connect(socket)).rejects.toMatchObject({
    code: 'MSVC_ENGINE_VERSION',
    facts: { engineVersion: '9.0.0', commandVersion: VERSION, pid: 42 },
  });
});

test('an engine of another version that speaks this protocol is taken, and can be asked which it is', async () => {
  const socket = await engineOf({ version: '9.0.0', protocol: PROTOCOL_VERSION, pid: 42, project });
  const client = await Client.connect(socket);
  expect(client.hello).toMatchObject({ version: '9.0.0', pid: 42 });
  client.close();
  await client.ended;
});

test('of an engine whose greeting is known nobody waits for it', async () => {
  const presumed = { version: VERSION, protocol: PROTOCOL_VERSION, pid: 42, project };
  const socket = await engineOf({ ...presumed, pid: 43 });
  const client = await Client.connect(socket, presumed);
  expect(client.hello.pid).toBe(42);
  await client.request('view', {});
  expect(client.hello.pid).toBe(43);
  client.close();
  await client.ended;
});

test('an engine that greets with another protocol than was presumed answers nothing', async () => {
  const socket = await engineOf({ version: '9.0.0', protocol: PROTOCOL_VERSION + 1, pid: 42, project });
  const client = await Client.connect(socket, { version: VERSION, protocol: PROTOCOL_VERSION, pid: 42, project });
  const version = { code: 'MSVC_ENGINE_VERSION', facts: { engineVersion: '9.0.0', pid: 42 } };
  await expect(client.request('view', {})).rejects.toMatchObject(version);
  await client.ended;
  await expect(client.request('view', {})).rejects.toMatchObject(version);
});

test('where nobody listens the error of the system is told', async () => {
  await expect(Client.connect('/no/such/socket')).rejects.toMatchObject({ code: 'ENOENT' });
});

test('what is written already is sent beside the other parameters, as it is', async () => {
  const socket = await answering((asked) => frame({ id: asked.id, result: { ...asked, protocol: PROTOCOL_VERSION } }));
  const client = await Client.connect(socket, { version: VERSION, protocol: PROTOCOL_VERSION, pid: 42, project });
  const services = '{"a":{"n":1.50}}';
  expect(await client.request('register', { service: 'a', host: null, beside: true }, { port: '8080' })).toMatchObject({
    method: 'register',
    params: { service: 'a', host: null, beside: true, port: 8080 },
  });
  expect(await client.request('scale', {}, { scale: services })).toMatchObject({
    params: { scale: { a: { n: 1.5 } } },
  });
  expect(await client.request('view', {})).toMatchObject({ method: 'view', params: {} });
  client.close();
});

describe('a stream', () => {
  const items = (...all: readonly (readonly number[])[]): Promise<string> =>
    answering(({ id, method, params }) => {
      if (method === 'hello') return frame({ id, result: { protocol: PROTOCOL_VERSION } });
      const { after } = params as { after: number };
      return [...all[after]!.map((item) => frame({ id, item })), frame({ id, result: {} })].join('');
    });

  test('is told one by one, or all at once that has come', async () => {
    const client = await Client.connect(await items([1, 2, 3], []));
    const told: unknown[] = [];
    for await (const item of client.stream('events', { after: 0, follow: true })) told.push(item);
    expect(told).toEqual([1, 2, 3]);
    told.length = 0;
    for await (const batch of client.batches('events', { after: 0, follow: true })) told.push(batch);
    expect(told.flat()).toEqual([1, 2, 3]);
    expect(told).toHaveLength(1);
    for await (const batch of client.batches('events', { after: 1, follow: true })) told.push(batch);
    expect(told).toHaveLength(1);
    client.close();
  });

  test('tells nothing more once it is not wanted, whatever has come', async () => {
    const client = await Client.connect(await items([1, 2, 3]));
    const over = new AbortController();
    const told: unknown[] = [];
    for await (const item of client.stream('events', { after: 0, follow: true }, over.signal)) {
      told.push(item);
      over.abort();
    }
    expect(told).toEqual([1]);
    client.close();
  });

  test('fails with the connection, after what has come', async () => {
    const socket = await answering(({ id, method }) =>
      frame(method === 'hello' ? { id, result: { protocol: PROTOCOL_VERSION } } : { id, item: 1 }),
    );
    const client = await Client.connect(socket);
    const stream = client.stream('events', { after: 0, follow: true });
    expect(await stream.next()).toEqual({ done: false, value: 1 });
    client.close();
    await expect(stream.next()).rejects.toMatchObject({ code: 'MSVC_ENGINE_LOST' });
  });
});
