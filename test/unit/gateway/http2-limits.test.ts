/** A head may be as large over HTTP/2 as over HTTP/1.1, and one that is larger is told the same. */
import { once } from 'node:events';
import type { ServerHttp2Stream } from 'node:http2';
import { describe, expect, it } from 'vitest';
import { answer, GatewayRig } from './rig/gateway-rig.ts';
import { http2Backend } from './rig/http2-backend.ts';
import { session } from './rig/http2-session.ts';

function fields(count: number, value = '1'): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`x-${i}`, value]));
}

function linesOf(list: Record<string, string>): string {
  return Object.entries(list)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('');
}

describe('of a request', () => {
  // The first is Host, or :authority.
  it.each([
    ['150 fields', '/', fields(149), 200],
    ['256 fields', '/', fields(255), 200],
    ['259 fields', '/', fields(258), 431],
    ['500 fields', '/', fields(499), 431],
    ['255 fields that fill it', '/', fields(254, 'x'.repeat(48)), 200],
    ['one field of 16 KB', '/', fields(1, 'x'.repeat(16_384)), 431],
    ['a path of 8 KB', `/${'x'.repeat(8_192)}`, {}, 414],
    ['a path of 17 KB', `/${'x'.repeat(17_000)}`, {}, 414],
  ])('%s', async (_what, target, list, status) => {
    const rig = await GatewayRig.open();
    const backend = await rig.backend();
    backend.server.on('connection', (socket) => socket.on('data', () => socket.write(answer('ok'), 'latin1')));
    for (const method of ['GET', 'POST']) {
      const plain = await rig.client();
      plain.send(`${method} ${target} HTTP/1.1\r\nHost: localhost\r\n${linesOf(list)}\r\n`);
      const { status: over1 } = await plain.response();
      const client = await session(rig.port);
      const stream = client.request({ ':method': method, ':path': target, ...list }, { endStream: method === 'GET' });
      if (method === 'POST') stream.end();
      const [headers] = await once(stream, 'response');
      stream.resume();
      expect([over1, headers[':status']]).toEqual([status, status]);
    }
  });
});

describe('of an answer', () => {
  const most = { settings: { maxHeaderListSize: 2 ** 20 }, maxHeaderListPairs: 2 ** 16 };
  const answers: [string, Record<string, string>, number][] = [
    ['200 fields', fields(200), 200],
    ['5000 fields', fields(5_000), 200],
    ['one field of 60 KB', fields(1, 'x'.repeat(60_000)), 200],
    ['one field of 65 KB', fields(1, 'x'.repeat(65_600)), 502],
    ['60 fields of 2 KB', fields(60, 'x'.repeat(2_000)), 502],
  ];

  it.each(answers)('%s from an instance that speaks HTTP/2', async (_what, list, status) => {
    const rig = await GatewayRig.open();
    let asked = 0;
    const serve = (stream: ServerHttp2Stream): void => {
      asked++;
      stream.respond({ ':status': 200, ...list });
      stream.end('ok');
    };
    await http2Backend(rig, serve, { maxSendHeaderBlockLength: 2 ** 20 });
    const client = await rig.client();
    const got = await client.send('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n').response();
    expect([got.status, asked]).toEqual([status, 1]);
    if (status === 200) for (const name of Object.keys(list)) expect(got.fields.get(name)).toEqual([list[name]]);
    else expect(JSON.parse(got.body).msvc.code).toBe('response-head-too-large');
  });

  it.each(answers)('%s from one that speaks HTTP/1.1 to a client that speaks HTTP/2', async (_what, list, status) => {
    const rig = await GatewayRig.open();
    const backend = await rig.backend();
    backend.server.on('connection', (socket) =>
      socket.on('data', () => socket.write(answer('ok', '200 OK', linesOf(list)), 'latin1')),
    );
    const client = await session(rig.port, most);
    const stream = client.request({ ':path': '/' });
    const [headers] = await once(stream, 'response');
    stream.resume();
    expect(headers[':status']).toBe(status);
    if (status === 200) expect(headers).toMatchObject(list);
  });
});
