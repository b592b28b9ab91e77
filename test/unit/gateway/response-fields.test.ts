/** Fields that an answer must have, and must not have, whatever the instance said: Content-Length of 1xx and 205, Date. */
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { answer, GatewayRig, get } from './rig/gateway-rig.ts';
import { session } from './rig/http2-session.ts';

const UPGRADE = 'Connection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n';

/** An instance that has got a request of HTTP/1.1 or HTTP/2. */
async function asked(version: 1 | 2) {
  const rig = await GatewayRig.open();
  const backend = await rig.backend();
  if (version === 1) {
    const client = await rig.client();
    client.send(get());
    const upstream = await backend.connection();
    await upstream.head();
    return { upstream, client };
  }
  const client = await session(rig.port);
  const stream = client.request({ ':path': '/' });
  const upstream = await backend.connection();
  await upstream.head();
  return { upstream, stream };
}

const RESETS = [
  ['a length', 'HTTP/1.1 205 Reset Content\r\nContent-Length: 5\r\n\r\nhello'],
  ['chunks', 'HTTP/1.1 205 Reset Content\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n'],
  ['a length of none', 'HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n'],
] as const;

describe('rule 44: RFC 9110 8.6, 15.3.6: an answer without content says nothing of a length', () => {
  it('103, to an HTTP/1.1 client', async () => {
    const { upstream, client } = await asked(1);
    upstream.send(`HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nContent-Length: 3\r\nX-A: 1\r\n\r\n${answer()}`);
    await client!.text('200 OK');
    expect(client!.received).toMatch(/^HTTP\/1.1 103 Early Hints\r\nLink: <\/a>\r\nX-A: 1\r\n\r\nHTTP\/1.1 200 OK/);
  });

  it('103, to an HTTP/2 client', async () => {
    const { upstream, stream } = await asked(2);
    const hints = once(stream!, 'headers');
    const response = once(stream!, 'response');
    upstream.send(`HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nContent-Length: 3\r\n\r\n${answer()}`);
    expect((await hints)[0]).toMatchObject({ ':status': 103, link: '</a>' });
    expect((await response)[0]).toMatchObject({ ':status': 200 });
    expect((await stream!.toArray()).join('')).toBe('ok');
  });

  it('101', async () => {
    const rig = await GatewayRig.open();
    const backend = await rig.backend();
    const client = await rig.client();
    client.send(get('/', UPGRADE));
    const upstream = await backend.connection();
    await upstream.head();
    upstream.send('HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nContent-Length: 5\r\n\r\nhello');
    await client.text('hello');
    expect(client.received).not.toMatch(/content-length/i);
  });

  it.each(RESETS)('205 with %s, to an HTTP/1.1 client, whose connection goes on', async (_name, bytes) => {
    const { upstream, client } = await asked(1);
    upstream.send(bytes);
    const response = await client!.response();
    expect([response.status, response.fields.get('content-length')]).toEqual([205, ['0']]);
    expect(response.fields.has('transfer-encoding')).toBe(false);
    client!.send(get('/2'));
    expect((await upstream.head()).line).toBe('GET /2 HTTP/1.1');
    upstream.send(answer('next'));
    expect((await client!.response()).body).toBe('next');
  });

  it.each(RESETS)('205 with %s, to an HTTP/2 client', async (_name, bytes) => {
    const { upstream, stream } = await asked(2);
    const response = once(stream!, 'response');
    upstream.send(bytes);
    expect((await response)[0]).toMatchObject({ ':status': 205 });
    expect(await stream!.toArray()).toEqual([]);
    expect(stream!.rstCode).toBe(0);
  });
});
