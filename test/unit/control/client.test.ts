import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Client } from '../../../src/control/client.ts';
import { FrameReader, frame } from '../../../src/control/frames.ts';
import { PROTOCOL_VERSION } from '../../../src/control/protocol.ts';
import { VERSION } from '../../../src/model/version.ts';

/** An engine that says of itself what is given. */
async function engineOf(hello: object): Promise<string> {
  const dir = mkdtempSync(path.join(tmpdir(), 'msvc-client-'));
  const socket = path.join(dir, 's');
  const server = createServer((peer) => {
    const reader = new FrameReader();
    peer.on('data', (chunk) => {
      for (const { id } of reader.push(chunk) as { id: number }[]) peer.write(frame({ id, result: hello }));
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
