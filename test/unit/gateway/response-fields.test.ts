/** Fields that an answer must have, and must not have, whatever the instance said: Content-Length of 1xx and 205, Date. */
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { RouteFilter } from '../../../src/model/route.ts';
import { answer, GatewayRig, get, route } from './rig/gateway-rig.ts';
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

const DATE = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/;

describe('RFC 9110 6.6.1: Date', () => {
  it.each([
    ['200', answer()],
    ['204', 'HTTP/1.1 204 No Content\r\n\r\n'],
    ['304', 'HTTP/1.1 304 Not Modified\r\n\r\n'],
    ['503', answer('no', '503 Service Unavailable')],
  ])('%s without one gets one, over HTTP/1.1 and HTTP/2', async (_name, bytes) => {
    const { upstream, client } = await asked(1);
    upstream.send(bytes);
    expect((await client!.response()).fields.get('date')).toEqual([expect.stringMatching(DATE)]);
    const other = await asked(2);
    const response = once(other.stream!, 'response');
    other.upstream.send(bytes);
    expect((await response)[0].date).toMatch(DATE);
  });

  it.each(['Date: Tue, 15 Nov 1994 08:12:31 GMT\r\n', 'dATE:\r\n'])('one that is there stays: %j', async (line) => {
    const { upstream, client } = await asked(1);
    upstream.send(answer('ok', '200 OK', line));
    const { head } = await client!.response();
    expect(head).toContain(line.trimEnd());
    expect(head.match(/date/gi)).toHaveLength(1);
  });

  it.each([
    ['set', { set: [{ name: 'date', value: 'mine' }] }, ['mine']],
    ['add', { add: [{ name: 'Date', value: 'mine' }] }, ['mine']],
    ['remove', { remove: ['Date'] }, undefined],
  ])('what a route makes of it goes first: %s', async (_name, responseHeaderModifier, dates) => {
    const filters: RouteFilter[] = [{ type: 'ResponseHeaderModifier', responseHeaderModifier }];
    const rig = await GatewayRig.open({}, { routes: [route('app', '/', { filters })] });
    const backend = await rig.backend();
    const client = await rig.client();
    client.send(get());
    const upstream = await backend.connection();
    await upstream.head();
    upstream.send(answer());
    expect((await client.response()).fields.get('date')).toEqual(dates);
  });

  it('the gateway says it of its own answers: redirects, preflights, OPTIONS *', async () => {
    const requestRedirect = { statusCode: 302, path: { type: 'ReplaceFullPath', replaceFullPath: '/new' } } as const;
    const redirect: RouteFilter = { type: 'RequestRedirect', requestRedirect };
    const dated: RouteFilter = {
      type: 'ResponseHeaderModifier',
      responseHeaderModifier: { set: [{ name: 'Date', value: 'mine' }] },
    };
    const routes = [
      route('app', '/old', { filters: [redirect] }),
      route('app', '/dated', { filters: [redirect, dated] }),
    ];
    const cors = { allowOrigins: ['*'], allowCredentials: false, allowMethods: ['GET'], allowHeaders: [] };
    const filters: RouteFilter[] = [{ type: 'CORS', cors: { ...cors, exposeHeaders: [], maxAge: 5 } }];
    const rig = await GatewayRig.open({}, { routes: [...routes, route('app', '/api', { filters })] });
    const preflight = 'Origin: https://app.example\r\nAccess-Control-Request-Method: GET\r\n';
    for (const [request, status, date] of [
      [get('/old'), 302, DATE],
      [get('/dated'), 302, /^mine$/],
      [get('/api', preflight).replace('GET', 'OPTIONS'), 200, DATE],
      ['OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n', 204, DATE],
    ] as const) {
      const client = await rig.client();
      const response = await client.send(request).response();
      expect([response.status, response.fields.get('date')]).toEqual([status, [expect.stringMatching(date)]]);
    }
  });
});
