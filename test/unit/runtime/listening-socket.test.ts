/** Sockets that listen while nobody accepts: what connects waits; what is refused is refused as by Node. */
import { once } from 'node:events';
import { closeSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { expect, test } from 'vitest';
import { posix } from '../../../src/runtime/children/posix.ts';
import { listeningSocket } from '../../../src/runtime/listening-socket.ts';
import { freePort } from '../../rig/free-port.ts';
import { lacks, skipIf } from '../../rig/skip.ts';

const lacking = process.platform === 'linux' ? lacks('cc') : 'compiled on Linux only';

async function taking(fd: number): Promise<Server> {
  const server = createServer((socket) => socket.end('taken'));
  server.listen({ fd });
  await once(server, 'listening');
  return server;
}

test.for([
  ['127.0.0.1', '127.0.0.1'],
  ['::1', '::1'],
  ['::', '127.0.0.1'],
] as const)('on %s: who connects waits for whoever takes it over', async ([address, from], context) => {
  skipIf(context, lacking);
  const port = await freePort();
  const fd = listeningSocket(address, port)!;
  const client = connect(port, from);
  await once(client, 'connect');
  expect(() => listeningSocket(address, port)).toThrow(expect.objectContaining({ code: 'EADDRINUSE' }));
  const server = await taking(fd);
  const [said] = await once(client, 'data');
  expect(String(said)).toBe('taken');
  client.destroy();
  server.close();
  await once(server, 'close');
  closeSync(listeningSocket(address, port)!);
});

test('what cannot be is said as Node says it; an address with a zone is left to Node', (context) => {
  skipIf(context, lacking);
  expect(() => listeningSocket('192.0.2.1', 1)).toThrow(expect.objectContaining({ code: 'EADDRNOTAVAIL' }));
  expect(listeningSocket('fe80::1%lo', 1)).toBeNull();
  expect(() => posix()!.listen('127.0.0.1', 65_536, 1)).toThrow(TypeError);
  expect(() => posix()!.listen('127.0.0.1\0', 1, 1)).toThrow(TypeError);
});
