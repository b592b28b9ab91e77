/** Rules 31-53: what goes on to the instance and to the client. */
import { describe, expect, it } from 'vitest';
import { answer, GatewayRig, get, route } from './rig/gateway-rig.ts';

async function exchange(request: string, limits = {}, table = {}) {
  const rig = await GatewayRig.open(limits, table);
  const backend = await rig.backend();
  const client = await rig.client();
  client.send(request);
  const upstream = await backend.connection();
  const head = await upstream.head();
  return { rig, backend, client, upstream, head };
}

describe('rule 31-38: fields', () => {
  it('rule 31: fields named by Connection are removed, both ways', async () => {
    const { head, upstream, client } = await exchange(
      get('/', 'X-Hop: 1\r\nConnection: x-hop, keep-alive\r\nX-Stay: 2\r\nx-HOP: 3\r\n'),
    );
    expect(head.fields.has('x-hop')).toBe(false);
    expect(head.fields.get('x-stay')).toEqual(['2']);
    upstream.send(answer('ok', '200 OK', 'Connection: X-Back\r\nX-Back: 1\r\nX-Stay: 1\r\n'));
    const response = await client.response();
    expect(response.fields.has('x-back')).toBe(false);
    expect(response.fields.get('x-stay')).toEqual(['1']);
  });

  it('rule 32: hop-by-hop fields are removed', async () => {
    const lines =
      'Keep-Alive: timeout=5\r\nProxy-Connection: keep-alive\r\nProxy-Authorization: x\r\nTE: gzip\r\nUpgrade: foo\r\nTrailer: X\r\n';
    const { head, upstream, client } = await exchange(get('/', lines));
    for (const name of [
      'keep-alive',
      'proxy-connection',
      'proxy-authorization',
      'te',
      'upgrade',
      'trailer',
      'connection',
    ]) {
      expect(head.fields.has(name), name).toBe(false);
    }
    upstream.send(
      answer(
        'ok',
        '200 OK',
        'Keep-Alive: timeout=5\r\nProxy-Authenticate: Basic\r\nConnection: keep-alive\r\nUpgrade: h2c\r\n',
      ),
    );
    const response = await client.response();
    for (const name of ['keep-alive', 'proxy-authenticate', 'connection', 'upgrade'])
      expect(response.fields.has(name), name).toBe(false);
  });

  it('rule 33: naming them in Connection deletes no end-to-end field that matters', async () => {
    const { head } = await exchange(
      `POST / HTTP/1.1\r\nHost: localhost\r\nConnection: x-forwarded-for, authorization, host, content-length, x-request-id, traceparent\r\nAuthorization: a\r\nContent-Length: 1\r\n\r\nx`,
    );
    for (const name of ['x-forwarded-for', 'authorization', 'host', 'content-length', 'x-request-id', 'traceparent']) {
      expect(head.fields.get(name), name).toHaveLength(1);
    }
  });

  it('rule 34: X-Forwarded-* are set, what a client claims is not believed', async () => {
    const claims =
      'X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: evil\r\nX-Forwarded-Port: 1\r\nX-Forwarded-Prefix: /p\r\nX_Forwarded_For: 7.7.7.7\r\nForwarded: for=6.6.6.6\r\nX-Msvc-Replica: forged.1\r\n';
    const { head, rig } = await exchange(get('/', claims));
    expect(head.fields.get('x-forwarded-for')).toEqual(['127.0.0.1']);
    expect(head.fields.get('x-forwarded-proto')).toEqual(['http']);
    expect(head.fields.get('x-forwarded-host')).toEqual(['localhost']);
    expect(head.fields.get('x-forwarded-port')).toEqual([String(rig.port)]);
    expect(head.text).not.toMatch(/6\.6\.6\.6|7\.7\.7\.7|forged|evil|Prefix/);
  });

  it('rule 34: an edge continues the chain of its caller', async () => {
    const rig = await GatewayRig.open();
    const backend = await rig.backend();
    const client = await rig.client(rig.edgePort);
    client.send(
      'GET / HTTP/1.1\r\nHost: any.thing\r\nX-Forwarded-For: 10.0.0.9\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: shop.test\r\n\r\n',
    );
    const head = await (await backend.connection()).head();
    expect(head.fields.get('x-forwarded-for')).toEqual(['10.0.0.9, 127.0.0.1']);
    expect(head.fields.get('x-forwarded-proto')).toEqual(['https']);
    expect(head.fields.get('x-forwarded-host')).toEqual(['shop.test']);
    expect(head.fields.get('via')).toEqual(['1.1 web~app.msvc']);
  });

  it('rule 35: Forwarded names node and host, quoted', async () => {
    const { head } = await exchange('GET / HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n');
    expect(head.fields.get('forwarded')).toEqual(['for=127.0.0.1;host="[::1]:8080";proto=http']);
  });

  it('rule 36: Via is appended both ways, with the version received', async () => {
    const { head, upstream, client } = await exchange(get('/', 'Via: 1.0 fred\r\n'));
    expect(head.fields.get('via')).toEqual(['1.0 fred', '1.1 msvc']);
    upstream.send('HTTP/1.0 200 OK\r\nContent-Length: 2\r\nVia: 1.1 inner\r\nX-Msvc-Replica: inner.9\r\n\r\nok');
    const response = await client.response();
    expect(response.fields.get('via')).toEqual(['1.1 inner', '1.0 msvc']);
    expect(response.fields.get('x-msvc-replica')).toEqual(['app.1']);
  });

  it('rule 37: circles end with 508', async () => {
    const rig = await GatewayRig.open();
    await rig.backend();
    const edge = await rig.client(rig.edgePort);
    expect((await edge.send(get('/', 'Via: 1.1 msvc, 1.1 web~app.msvc\r\n')).response()).status).toBe(508);
    const open = await rig.client();
    expect((await open.send(get('/', `Via: ${'1.1 msvc,'.repeat(9)}\r\n`)).response()).status).toBe(508);
    expect((await open.send(get('/', `Via: ${'1.1 x,'.repeat(33)}\r\n`)).response()).status).toBe(508);
  });

  it('rule 38: TRACE is refused, Max-Forwards counted for OPTIONS', async () => {
    const { head, upstream, client } = await exchange(
      'OPTIONS / HTTP/1.1\r\nHost: localhost\r\nMax-Forwards: 3\r\n\r\n',
    );
    expect(head.fields.get('max-forwards')).toEqual(['2']);
    upstream.send(answer());
    await client.response();
    expect(
      (await client.send('OPTIONS / HTTP/1.1\r\nHost: localhost\r\nMax-Forwards: 0\r\n\r\n').response()).status,
    ).toBe(204);
    const trace = await client.send('TRACE / HTTP/1.1\r\nHost: localhost\r\n\r\n').response();
    expect(trace.status).toBe(405);
    expect(trace.fields.has('allow')).toBe(true);
  });
});

describe('rule 39-42: requests as they are', () => {
  it.each(['//a//b', '/a%2Fb', '/a;v=1', '/a/../b?x=/../y&&z=%zz', '/?', '/a?b?c', '/%C3%A4', '/\xe4'])(
    'rule 39: raw bytes of %j',
    async (target) => {
      expect((await exchange(get(target))).head.line).toBe(`GET ${target} HTTP/1.1`);
    },
  );

  it('rule 39: no spelling of a path escapes a prefix', async () => {
    const rig = await GatewayRig.open({}, { routes: [route('app', '/public'), route('admin', '/admin')] });
    await rig.backend();
    const client = await rig.client();
    const hidden = [
      '/public/../admin',
      '/public/%2e%2e/admin',
      '/public/.%2E/admin',
      '/public/..%2fadmin',
      '/public/..;/admin',
      '/public/x/..%5c..%5cadmin',
      '//admin',
      '/%61dmin',
      '/public/..\\admin',
    ];
    for (const path of hidden) {
      const response = await client.send(get(path)).response();
      // The admin service is not part of the run.
      expect([path, response.status, JSON.parse(response.body).msvc.service]).toEqual([path, 503, 'admin']);
    }
  });

  it('rule 40: repeated fields keep their order, Set-Cookie is never merged', async () => {
    const { head, upstream, client } = await exchange(get('/', 'X-A: 1\r\nX-B: 2\r\nX-A: 3\r\n'));
    expect(head.fields.get('x-a')).toEqual(['1', '3']);
    upstream.send(
      answer('ok', '200 OK', 'Set-Cookie: a=1\r\nX: y\r\nSet-Cookie: b=2; Expires=Mon, 01 Jan 2040 00:00:00 GMT\r\n'),
    );
    expect((await client.response()).fields.get('set-cookie')).toEqual([
      'a=1',
      'b=2; Expires=Mon, 01 Jan 2040 00:00:00 GMT',
    ]);
  });

  it.each(['PROPFIND', 'QUERY', 'M-SEARCH', 'get'])('rule 41: the method %s passes', async (method) => {
    expect((await exchange(`${method} / HTTP/1.1\r\nHost: localhost\r\n\r\n`)).head.line).toBe(`${method} / HTTP/1.1`);
  });

  it.each(['GET', 'DELETE'])('rule 41: the body of a %s is kept', async (method) => {
    const { upstream, head } = await exchange(`${method} / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nhi`);
    expect(head.fields.get('content-length')).toEqual(['2']);
    expect(await upstream.bytes(2)).toBe('hi');
  });

  it('rule 42: no framing is invented, `Content-Length: 0` is kept', async () => {
    const without = await exchange('POST / HTTP/1.1\r\nHost: localhost\r\n\r\n');
    expect(without.head.text).not.toMatch(/content-length|transfer-encoding/i);
    const zero = await exchange('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n');
    expect(zero.head.fields.get('content-length')).toEqual(['0']);
  });
});

describe('rule 43-53: responses', () => {
  it('rule 43: HEAD keeps the length and has no bytes', async () => {
    const { upstream, client } = await exchange('HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n');
    upstream.send('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n');
    expect((await client.response({ isHead: true })).fields.get('content-length')).toEqual(['1000']);
    client.send(get('/next'));
    expect((await upstream.head()).line).toBe('GET /next HTTP/1.1');
  });

  it('rule 44: 204 and 304 end with their head', async () => {
    const { upstream, client } = await exchange(get());
    upstream.send('HTTP/1.1 304 Not Modified\r\nETag: "x"\r\nContent-Length: 500\r\n\r\n');
    const unchanged = await client.response();
    expect([unchanged.fields.get('etag'), unchanged.fields.get('content-length')]).toEqual([['"x"'], ['500']]);
    client.send(get());
    await upstream.head();
    upstream.send('HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n');
    const none = await client.response();
    expect(none.fields.has('content-length') || none.fields.has('transfer-encoding')).toBe(false);
  });

  it.each([
    'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    'SSH-2.0-OpenSSH_9.2\r\n',
    'HTTP/2.0 200 OK\r\n\r\n',
    'HTTP/1.1 2000 OK\r\n\r\n',
    'HTTP/1.1 20 OK\r\n\r\n',
    'HTTP/1.1 200 OK\r\nX : 1\r\n\r\n',
    'HTTP/1.1 200 OK\r\nX: 1\r\n folded\r\n\r\n',
    'HTTP/1.1 200 OK\nX: 1\n\n',
    'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n',
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
  ])('rule 45, 46: a bad gateway: %j', async (bytes) => {
    const { upstream, client } = await exchange(get());
    upstream.send(bytes);
    const response = await client.response();
    expect(response.status).toBe(502);
    expect(JSON.parse(response.body)).toMatchObject({ status: 502, msvc: { service: 'app', attempts: 1 } });
    expect(response.fields.get('proxy-status')?.[0]).toMatch(/^msvc; error=http_protocol_error/);
    await upstream.closed();
  });

  it('rule 47: a response head without end is a bad gateway', async () => {
    const { upstream, client } = await exchange(get(), { headBytes: 1024 });
    upstream.send(`HTTP/1.1 200 OK\r\nX-A: ${'x'.repeat(8000)}`);
    expect((await client.response()).status).toBe(502);
  });

  it.each([
    ['a length', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello'],
    ['chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n'],
    ['broken chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nXX\r\n'],
  ])('rule 48: a response cut short by its instance (%s) is never shown as complete', async (_name, bytes) => {
    const { upstream, client } = await exchange(get());
    upstream.send(bytes);
    if (!bytes.includes('XX')) await client.text('hello');
    upstream.socket.end();
    expect(await client.closed()).toBe('reset');
    expect(client.received).not.toContain('0\r\n\r\n');
  });

  it('rule 49: bytes after a response are thrown away with their connection', async () => {
    const { backend, upstream, client } = await exchange(get());
    upstream.send(`${answer()}HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil`);
    expect((await client.response()).body).toBe('ok');
    client.send(get('/2'));
    const second = await backend.connection();
    await second.head();
    second.send(answer('good'));
    expect((await client.response()).body).toBe('good');
    await upstream.closed();
  });

  it('rule 50: 100 Continue is relayed once, the body waits for it', async () => {
    const { upstream, client, head } = await exchange(
      'POST / HTTP/1.1\r\nHost: localhost\r\nExpect: 100-Continue\r\nContent-Length: 2\r\n\r\n',
    );
    expect(head.fields.get('expect')).toEqual(['100-continue']);
    upstream.send('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n');
    await client.text('100 Continue\r\n\r\n');
    client.send('hi');
    expect(await upstream.bytes(2)).toBe('hi');
    upstream.send(answer());
    await client.text('200 OK');
    expect(client.received.match(/100 Continue/g)).toHaveLength(1);
  });

  it('rule 50: a refusal before the body is relayed', async () => {
    const { upstream, client } = await exchange(
      'POST / HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n',
    );
    upstream.send(answer('big', '413 Content Too Large'));
    expect((await client.response()).status).toBe(413);
    expect(await client.closed()).toBe('end');
  });

  it('rule 50: an unknown expectation', async () => {
    const rig = await GatewayRig.open();
    const client = await rig.client();
    expect(
      (await client.send('POST / HTTP/1.1\r\nHost: localhost\r\nExpect: tea\r\nContent-Length: 2\r\n\r\n').response())
        .status,
    ).toBe(417);
  });

  it('rule 51: 103 goes to HTTP/1.1 clients only', async () => {
    const early = 'HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n';
    const modern = await exchange(get());
    modern.upstream.send(early);
    await modern.client.text('103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n');
    modern.upstream.send(answer());
    await modern.client.text('200 OK');
    const old = await exchange('GET / HTTP/1.0\r\n\r\n');
    old.upstream.send(early + answer());
    await old.client.text('200 OK');
    expect(old.client.received).not.toContain('103');
  });

  it('rule 52: response trailers go to those who asked', async () => {
    const body =
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n2\r\nhi\r\n0\r\nX-Sum: 7\r\nContent-Length: 9\r\n\r\n';
    const asked = await exchange(get('/', 'TE: trailers\r\n'));
    expect([asked.head.fields.get('te'), asked.head.fields.get('connection')]).toEqual([['trailers'], ['TE']]);
    asked.upstream.send(body);
    const response = await asked.client.response();
    expect([response.body, response.trailers, response.fields.get('trailer')]).toEqual([
      'hi',
      'X-Sum: 7\r\n',
      ['X-Sum'],
    ]);
    const unasked = await exchange(get());
    unasked.upstream.send(body);
    expect((await unasked.client.response()).trailers).toBe('');
  });

  it('rule 53: an HTTP/1.0 client gets no chunks, and a close', async () => {
    const { upstream, client, head } = await exchange('GET / HTTP/1.0\r\n\r\n');
    expect(head.line).toBe('GET / HTTP/1.1');
    expect(head.fields.has('host')).toBe(true);
    upstream.send(
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x\r\nhi\r\n3\r\n you\r\n0\r\n\r\n'.replace(
        '3\r\n you',
        '4\r\n you',
      ),
    );
    expect(await client.closed()).toBe('end');
    expect(client.received).toMatch(/Connection: close\r\n[\s\S]*\r\n\r\nhi you$/);
    expect(client.received).not.toContain('chunked');
  });

  it('rule 53: keep-alive of HTTP/1.0 when both want it', async () => {
    const { upstream, client } = await exchange('GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n');
    upstream.send(answer('a'));
    expect((await client.response()).fields.get('connection')).toEqual(['keep-alive']);
    client.send('GET /2 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n');
    expect((await upstream.head()).line).toBe('GET /2 HTTP/1.1');
  });

  it('rule 53: a body that ends by closing becomes chunks', async () => {
    const { upstream, client } = await exchange(get());
    upstream.send('HTTP/1.0 200 OK\r\n\r\nhello');
    await client.text('5\r\nhello\r\n');
    upstream.socket.end(' world');
    expect((await client.response()).body).toBe('hello world');
    expect(client.over).toBe(null);
  });
});
