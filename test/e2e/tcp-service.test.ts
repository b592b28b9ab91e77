/** A service that does not speak HTTP (a small Redis): over its edge, over its public port, through a restart. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { freePort } from '../rig/free-port.ts';
import { createRig } from '../rig/msvc-rig.ts';

/** Speaks as much of Redis' protocol as INCR and PING need; says at its start who it is. */
const STORE = `
import { createServer } from 'node:net';
const counts = new Map();
createServer((socket) => {
  let text = '';
  socket.on('error', () => {});
  socket.on('data', (data) => {
    text += data;
    for (let match; (match = /^\\*(\\d)\\r\\n((?:\\$\\d+\\r\\n[^\\r]*\\r\\n)+)/.exec(text)); text = text.slice(match[0].length)) {
      const [verb, key] = match[2].split('\\r\\n').filter((_, i) => i % 2 === 1);
      if (verb === 'INCR') counts.set(key, (counts.get(key) ?? 0) + 1);
      socket.write(verb === 'INCR' ? ':' + counts.get(key) + '\\r\\n' : '+PONG ' + process.env.MSVC_REPLICA + '\\r\\n');
    }
  });
}).listen(Number(process.env.PORT), process.env.HOST);
`;

/** One command over a connection of its own. */
async function redis(port: number, ...words: string[]): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(`*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`);
  const [reply] = await once(socket, 'data');
  socket.destroy();
  return String(reply).trim();
}

test('protocol: tcp', async () => {
  const port = await freePort();
  await using rig = await createRig({
    'store.mjs': STORE,
    'msvc.yaml': `
services:
  store:
    command: [node, store.mjs]
    protocol: tcp
    public_port: ${port}
  web:
    command: [node, "\${PUPPET}"]
    calls: [store]
    route: /
`,
  });
  await rig.up();
  const env = (await (await rig.get('/env')).json()) as Record<string, string>;
  expect(env.STORE_URL).toBe(`tcp://127.0.0.1:${env.STORE_PORT}`);
  const edge = Number(env.STORE_PORT);
  expect([await redis(edge, 'INCR', 'a'), await redis(port, 'INCR', 'a')]).toEqual([':1', ':2']);

  // While it is being restarted a connection waits.
  const events = rig.events();
  await rig.ok(['kill', 'store']);
  expect(await redis(edge, 'PING')).toBe('+PONG 1');

  await rig.ok(['scale', 'store=2']);
  const replicas = new Set<string>();
  while (replicas.size < 2) replicas.add(await redis(port, 'PING'));
  expect(replicas).toEqual(new Set(['+PONG 1', '+PONG 2']));
  await events.until('instance.ready', { service: 'store' });
});
