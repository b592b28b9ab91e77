/** Rule 60: HTTP/2 by prior knowledge on the same ports, to instances that speak HTTP/1.1 or HTTP/2; gRPC. */
import { once } from 'node:events';
import http2, { type ClientHttp2Session, type IncomingHttpHeaders } from 'node:http2';
import * as grpc from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { grpcTimeoutMs } from '../../../src/gateway/problems/grpc.ts';
import { serviceName } from '../../../src/model/names.ts';
import { END_HEADERS, END_STREAM, frame, TYPES } from '../../fuzz/frames.ts';
import { APP, answer, GatewayRig, onCleanup, route } from './rig/gateway-rig.ts';
import { http2Backend } from './rig/http2-backend.ts';
import { session } from './rig/http2-session.ts';

interface Answered {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly trailers: IncomingHttpHeaders;
}

function ask(
  client: ClientHttp2Session,
  headers: http2.OutgoingHttpHeaders,
  body?: string | Buffer,
): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const stream = client.request(headers, { endStream: body === undefined });
    let response: IncomingHttpHeaders = {};
    let trailers: IncomingHttpHeaders = {};
    let text = '';
    stream.setEncoding('latin1');
    stream.on('response', (found) => {
      response = found;
    });
    stream.on('trailers', (found) => {
      trailers = found;
    });
    stream.on('data', (data) => {
      text += data;
    });
    stream.on('end', () => resolve({ status: Number(response[':status']), headers: response, body: text, trailers }));
    stream.on('error', reject);
    if (body !== undefined) stream.end(body);
  });
}

describe('rule 60: clients that speak HTTP/2', () => {
  it('rule 60: a GET goes to an HTTP/1.1 instance, over an edge too', async () => {
    const rig = await GatewayRig.open();
    const backend = await rig.backend();
    for (const port of [rig.port, rig.edgePort]) {
      const client = await session(port);
      const asked = ask(client, { ':path': '/a?b', cookie: ['x=1', 'y=2'], 'x-a': '1' });
      const upstream = backend.connections.at(-1) ?? (await backend.connection());
      const { line, fields } = await upstream.head();
      expect(line).toBe('GET /a?b HTTP/1.1');
      expect(fields.get('host')).toEqual([`localhost:${port}`]);
      expect(fields.get('cookie')).toEqual(['x=1; y=2']);
      expect(fields.get('x-a')).toEqual(['1']);
      expect(fields.get('x-forwarded-for')).toEqual(['127.0.0.1']);
      expect(fields.has('transfer-encoding')).toBe(false);
      expect(fields.get('via')).toEqual([port === rig.port ? '2.0 msvc' : '2.0 web~app.msvc']);
      upstream.send(answer('hello', '200 OK', 'X-B: 2\r\nConnection: keep-alive\r\n'));
      const { status, headers, body } = await asked;
      expect([status, body, headers['x-b'], headers['x-msvc-replica']]).toEqual([200, 'hello', '2', 'app.1']);
      expect(headers.connection).toBeUndefined();
      expect(headers.via).toBe(port === rig.port ? '1.1 msvc' : '1.1 web~app.msvc');
    }
  });

  it('rule 60: bodies with and without a length, trailers back', async () => {
    const rig = await GatewayRig.open();
    const backend = await rig.backend();
    const client = await session(rig.port);
    const withLength = ask(client, { ':method': 'POST', ':path': '/', 'content-length': '5' }, 'hello');
    const upstream = await backend.connection();
    expect((await upstream.head()).fields.get('content-length')).toEqual(['5']);
    expect(await upstream.bytes(5)).toBe('hello');
    upstream.send(
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n2\r\nok\r\n0\r\nX-T: 1\r\n\r\n',
    );
    expect(await withLength).toMatchObject({ status: 200, body: 'ok', trailers: { 'x-t': '1' } });
    const without = ask(client, { ':method': 'POST', ':path': '/' }, 'hello');
    expect((await upstream.head()).fields.get('transfer-encoding')).toEqual(['chunked']);
    expect(await upstream.bytes(15)).toBe('5\r\nhello\r\n0\r\n\r\n');
    upstream.send('HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n');
    expect(await without).toMatchObject({ status: 204, body: '' });
  });

  it('rule 60: HEAD, errors of the gateway, and a hundred streams at once', async () => {
    const rig = await GatewayRig.open();
    const backend = await rig.backend();
    backend.server.on('connection', (socket) =>
      socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')),
    );
    const client = await session(rig.port);
    expect(await ask(client, { ':method': 'HEAD', ':path': '/' })).toMatchObject({ status: 200, body: '' });
    expect(await ask(client, { ':method': 'TRACE', ':path': '/' })).toMatchObject({ status: 405 });
    const all = await Promise.all(Array.from({ length: 100 }, (_, i) => ask(client, { ':path': `/${i}` })));
    expect(all.every(({ status }) => status === 200)).toBe(true);
  });

  it('rule 60: a response cut short resets the stream, the session goes on', async () => {
    const rig = await GatewayRig.open();
    const backend = await rig.backend();
    const client = await session(rig.port);
    const cut = ask(client, { ':path': '/' });
    const upstream = await backend.connection();
    await upstream.head();
    upstream.send('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello');
    upstream.socket.end();
    await expect(cut).rejects.toMatchObject({ code: 'ERR_HTTP2_STREAM_ERROR' });
    const next = ask(client, { ':path': '/' });
    const other = await backend.connection();
    await other.head();
    other.send(answer('ok'));
    expect(await next).toMatchObject({ status: 200, body: 'ok' });
  });

  it('rule 60: a stream that is cancelled cancels the upstream request', async () => {
    const rig = await GatewayRig.open();
    const backend = await rig.backend();
    const client = await session(rig.port);
    const stream = client.request({ ':path': '/' });
    stream.on('error', () => {});
    const upstream = await backend.connection();
    await upstream.head();
    stream.close(http2.constants.NGHTTP2_CANCEL);
    await upstream.closed();
  });

  it('rule 60: a large body comes whole, at the pace of its reader', async () => {
    const rig = await GatewayRig.open();
    const backend = await rig.backend();
    const client = await session(rig.port);
    const body = 'x'.repeat(3_000_000);
    const asked = ask(client, { ':path': '/' });
    const upstream = await backend.connection();
    await upstream.head();
    upstream.send(answer(body));
    expect((await asked).body.length).toBe(body.length);
    const sent = ask(client, { ':method': 'POST', ':path': '/', 'content-length': String(body.length) }, body);
    await upstream.head();
    expect(await upstream.bytes(body.length)).toBe(body);
    upstream.send(answer('ok'));
    expect((await sent).body).toBe('ok');
  });

  it('rule 60: a thousand rapid resets leave nothing behind, and neither does the session', async () => {
    const rig = await GatewayRig.open();
    const backend = await rig.backend();
    const client = await session(rig.port);
    for (let i = 0; i < 1_000; i++) {
      const stream = client.request({ ':path': '/' });
      stream.on('error', () => {});
      stream.close(http2.constants.NGHTTP2_CANCEL);
    }
    const other = await session(rig.port);
    const asked = ask(other, { ':path': '/after' });
    await expect
      .poll(() => backend.connections.find(({ received }) => received.startsWith('GET /after')))
      .toBeDefined();
    backend.connections.find(({ received }) => received.startsWith('GET /after'))!.send(answer('ok'));
    expect((await asked).body).toBe('ok');
    client.destroy();
    other.destroy();
    await expect.poll(() => rig.gateway.stats().connections).toBe(0);
    await expect.poll(() => rig.gateway.stats().edges.every(({ inFlight }) => inFlight === 0)).toBe(true);
  });

  it('rule 60: the preface may come byte by byte; a wrong one is refused', async () => {
    const rig = await GatewayRig.open();
    await rig.backend();
    const client = await rig.client();
    for (const char of 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0') client.send(char);
    // SETTINGS of the gateway: a frame of type 4.
    await client.until((received) => received.charCodeAt(3) === 4);
    const wrong = await rig.client();
    wrong.send('PRI * HTTP/2.0\r\n\r\nGET / HTTP/1.1\r\n\r\n');
    await wrong.closed();
    const late = await rig.client();
    late.send('PRI / HTTP/1.1\r\nHost: localhost\r\n\r\n');
    late.destroy();
  });
});

it('rule 60: a client that has said goodbye gets the answers that it still waits for', async () => {
  const rig = await GatewayRig.open({ keepAliveMs: 200 });
  const backend = await rig.backend();
  const client = await session(rig.port);
  const asked = ask(client, { ':path': '/slow' });
  const upstream = await backend.connection();
  await upstream.head();
  client.close();
  // A connection that says nothing is closed after the time in which the session was silent too.
  const silent = await rig.client();
  await silent.closed();
  upstream.send(answer('late'));
  expect((await asked).body).toBe('late');
});

describe('rule 60: instances that speak HTTP/2', () => {
  it('rule 60: HTTP/1.1 and HTTP/2 clients reach them; one session carries all', async () => {
    const rig = await GatewayRig.open();
    const { sessions } = await http2Backend(rig, (stream, headers) => {
      let body = '';
      stream.on('data', (data) => {
        body += data;
      });
      stream.on('end', () => {
        stream.respond({ ':status': 200, 'x-path': headers[':path'], 'x-authority': headers[':authority'] });
        stream.end(`got ${body}`);
      });
    });
    const plain = await rig.client();
    plain.send('POST /p HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n');
    const first = await plain.response();
    expect([first.status, first.body, first.fields.get('x-path')]).toEqual([200, 'got abc', ['/p']]);
    expect(first.fields.get('via')).toEqual(['2.0 msvc']);
    expect(first.fields.get('x-authority')).toEqual(['localhost']);
    plain.send('HEAD /h HTTP/1.1\r\nHost: localhost\r\n\r\n');
    expect((await plain.response({ isHead: true })).status).toBe(200);
    const client = await session(rig.port);
    expect((await ask(client, { ':method': 'PUT', ':path': '/q' }, 'def')).body).toBe('got def');
    expect(sessions.size).toBe(1);
  });

  it.each(['GET', 'HEAD', 'DELETE'])('rule 41, 60: a body of %s reaches them, and none is made up', async (method) => {
    const rig = await GatewayRig.open();
    const met: string[] = [];
    await http2Backend(rig, (stream, headers) => {
      let body = '';
      const { endAfterHeaders } = stream;
      stream.on('data', (data) => {
        body += data;
      });
      stream.on('end', () => {
        met.push(`${headers[':method']} ${endAfterHeaders ? 'without a body' : `got ${body}`}`);
        stream.respond({ ':status': 200 }, { endStream: true });
      });
    });
    const plain = await rig.client();
    const client = await session(rig.port);
    const isHead = method === 'HEAD';
    for (const [framing, body] of [
      ['Content-Length: 4\r\n', 'body'],
      ['Transfer-Encoding: chunked\r\n', '4\r\nbody\r\n0\r\n\r\n'],
      ['', ''],
    ]) {
      plain.send(`${method} / HTTP/1.1\r\nHost: localhost\r\n${framing}\r\n${body}`);
      expect((await plain.response({ isHead })).status).toBe(200);
    }
    const headers = { ':method': method, ':path': '/' };
    expect((await ask(client, headers, 'body')).status).toBe(200);
    expect((await ask(client, { ...headers, 'content-length': '4' }, 'body')).status).toBe(200);
    expect((await ask(client, headers)).status).toBe(200);
    const both = [`${method} got body`, `${method} got body`, `${method} without a body`];
    expect(met).toEqual([...both, ...both]);
  });

  it('rule 60: one that resets or is not there is a bad gateway, not a hang', async () => {
    const rig = await GatewayRig.open({ refusedMs: 200 });
    const { server, sessions } = await http2Backend(rig, (stream) =>
      stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR),
    );
    const client = await rig.client();
    client.send('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n');
    expect((await client.response()).status).toBe(502);
    for (const one of sessions) one.destroy();
    server.close();
    client.send('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n');
    expect((await client.response()).status).toBe(503);
  });
});

it('rule 60: a session that is about to end carries no new request', async () => {
  const rig = await GatewayRig.open();
  const backend = await rig.backend();
  rig.gateway.setRoutes({ routes: [route('app', '/')], balancers: {}, protocols: { app: 'h2c' } });
  const ok = frame(TYPES.headers, END_STREAM | END_HEADERS, 1, '\x88');
  const post = 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n';
  backend.server.on('connection', (socket) => socket.write(frame(TYPES.settings, 0, 0, ''), 'latin1'));
  /** HEADERS of the first stream, with which the request ends. */
  const asked = (received: string): boolean => received.includes('\x01\x05\0\0\0\x01');
  const client = await rig.client();
  client.send(post);
  const first = await backend.connection();
  await first.until(asked);
  first.send(ok);
  expect((await client.response()).status).toBe(200);
  // Both are read in one turn of the event loop, in this order.
  first.send(frame(TYPES.goaway, 0, 0, '\0\0\0\x01\0\0\0\x02'));
  client.send(post);
  const second = await backend.connection();
  await second.until(asked);
  second.send(ok);
  expect((await client.response()).status).toBe(200);
});

describe('rule 52, 60: gRPC through the gateway', () => {
  const echo = (value: Buffer): Buffer => value;
  const method = (path: string, requestStream: boolean, responseStream: boolean) => ({
    ...{ path, requestStream, responseStream, requestSerialize: echo, requestDeserialize: echo },
    ...{ responseSerialize: echo, responseDeserialize: echo },
  });
  const definition = {
    unary: method('/t.T/Unary', false, false),
    fail: method('/t.T/Fail', false, false),
    down: method('/t.T/Down', false, true),
    up: method('/t.T/Up', true, false),
    both: method('/t.T/Both', true, true),
  };

  async function open(limits = {}) {
    const rig = await GatewayRig.open(limits);
    const server = new grpc.Server();
    server.addService(definition, {
      unary: (call: grpc.ServerUnaryCall<Buffer, Buffer>, done: grpc.sendUnaryData<Buffer>) => {
        const trailer = new grpc.Metadata();
        trailer.set('x-trailer', 'yes');
        done(null, Buffer.from(`hello ${call.request} ${call.metadata.get('x-meta')[0]}`), trailer);
      },
      fail: (_call: grpc.ServerUnaryCall<Buffer, Buffer>, done: grpc.sendUnaryData<Buffer>) =>
        done({ code: grpc.status.NOT_FOUND, details: 'no such thing' }),
      down: (call: grpc.ServerWritableStream<Buffer, Buffer>) => {
        for (let i = 0; i < 50; i++) call.write(Buffer.from(`${call.request} ${i}`));
        call.end();
      },
      up: (call: grpc.ServerReadableStream<Buffer, Buffer>, done: grpc.sendUnaryData<Buffer>) => {
        let all = '';
        call.on('data', (data: Buffer) => {
          all += data;
        });
        call.on('end', () => done(null, Buffer.from(all)));
      },
      both: (call: grpc.ServerDuplexStream<Buffer, Buffer>) => {
        call.on('data', (data: Buffer) => call.write(Buffer.from(`re ${data}`)));
        call.on('end', () => call.end());
      },
    });
    const port = await new Promise<number>((resolve, reject) =>
      server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      ),
    );
    onCleanup(() => server.forceShutdown());
    rig.gateway.setRoutes({ routes: [route('app', '/')], balancers: {}, protocols: { app: 'h2c' } });
    rig.put(port);
    const Client = grpc.makeGenericClientConstructor(definition, 'T');
    const client = new Client(`127.0.0.1:${rig.edgePort}`, grpc.credentials.createInsecure());
    onCleanup(() => client.close());
    return { rig, client };
  }

  it('rule 52: unary calls, with metadata, trailers and statuses', async () => {
    const { client } = await open();
    const metadata = new grpc.Metadata();
    metadata.set('x-meta', 'm');
    const [value, status] = await new Promise<[Buffer, grpc.StatusObject]>((resolve, reject) => {
      let result: Buffer = Buffer.alloc(0);
      const call = client.unary!(Buffer.from('ada'), metadata, (error: Error | null, found: Buffer) => {
        result = found;
        if (error) reject(error);
      });
      call.on('status', (found: grpc.StatusObject) => resolve([result, found]));
    });
    expect(value.toString()).toBe('hello ada m');
    expect(status.code).toBe(grpc.status.OK);
    expect(status.metadata.get('x-trailer')).toEqual(['yes']);
    await expect(
      new Promise((resolve, reject) =>
        client.fail!(Buffer.from('x'), (error: Error | null, found: Buffer) =>
          error ? reject(error) : resolve(found),
        ),
      ),
    ).rejects.toMatchObject({ code: grpc.status.NOT_FOUND, details: 'no such thing' });
  });

  it('rule 52: streams from the server, to the server and both ways', async () => {
    const { client } = await open();
    const down: string[] = [];
    for await (const data of client.down!(Buffer.from('n'))) down.push(String(data));
    expect(down).toEqual(Array.from({ length: 50 }, (_, i) => `n ${i}`));

    const up = await new Promise<Buffer>((resolve, reject) => {
      const call = client.up!((error: Error | null, found: Buffer) => (error ? reject(error) : resolve(found)));
      for (const part of ['a', 'b', 'c']) call.write(Buffer.from(part));
      call.end();
    });
    expect(up.toString()).toBe('abc');

    // Each answer is awaited before the next question: nothing is held back on the way.
    const call = client.both!();
    for (let i = 0; i < 5; i++) {
      call.write(Buffer.from(String(i)));
      const [data] = await once(call, 'data');
      expect(String(data)).toBe(`re ${i}`);
    }
    call.end();
    await once(call, 'end');
  });

  it('rule 52: a stream may be silent for longer than another body may', async () => {
    const { rig, client } = await open({ bodyIdleMs: 100 });
    const call = client.both!();
    call.write(Buffer.from('1'));
    await once(call, 'data');
    const routes = [route('app', '/'), route('plain', '/plain')];
    rig.gateway.setRoutes({ routes, balancers: {}, protocols: { app: 'h2c' } });
    await rig.backend(1, 'ready', serviceName('plain'));
    // An ordinary body that began later is given up for its silence: so much time has passed.
    const other = await rig.client();
    other.send('POST /plain HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nx');
    expect((await other.response()).status).toBe(408);
    call.write(Buffer.from('2'));
    const [data] = await once(call, 'data');
    expect(String(data)).toBe('re 2');
    call.end();
    await once(call, 'end');
  });

  it('an error of the gateway is an answer of trailers only', async () => {
    const { rig, client } = await open({ refusedMs: 50 });
    const fail = (): Promise<unknown> =>
      new Promise((resolve, reject) =>
        client.unary!(Buffer.from('x'), (error: Error | null, found: Buffer) =>
          error ? reject(error) : resolve(found),
        ),
      );
    rig.registry.remove(rig.registry.snapshot().rows[0]!.id);
    rig.registry.setAvailability(APP, 'stopped');
    await expect(fail()).rejects.toMatchObject({ code: grpc.status.UNAVAILABLE, details: 'The service is stopped' });
    const raw = await session(rig.edgePort);
    const headers = {
      ':method': 'POST',
      ':path': '/t.T/Unary',
      'content-type': 'application/grpc+proto',
      te: 'trailers',
    };
    const answered = await ask(raw, headers, Buffer.alloc(5));
    expect(answered.headers).toMatchObject({
      ...{ ':status': 200, 'content-type': 'application/grpc+proto', 'grpc-status': '14', via: '2.0 web~app.msvc' },
      ...{ 'grpc-retry-pushback-ms': '1000', 'proxy-status': 'msvc; error=destination_unavailable' },
    });
    expect([answered.body, answered.trailers]).toEqual(['', {}]);
  });

  it('grpc-timeout is the deadline of the call', async () => {
    const rig = await GatewayRig.open();
    await http2Backend(rig, () => {});
    const raw = await session(rig.edgePort);
    const headers = { ':method': 'POST', ':path': '/t.T/Unary', 'content-type': 'application/grpc', te: 'trailers' };
    const late = await ask(raw, { ...headers, 'grpc-timeout': '100000u' }, Buffer.alloc(5));
    expect(late.headers).toMatchObject({ ':status': 200, 'grpc-status': '4' });
    expect(rig.gateway.stats().edges).toMatchObject([{ reasons: { DT: 1 } }]);
  });
});

it.each([
  ['100m', 100],
  ['2S', 2_000],
  ['1H', 3_600_000],
  ['1M', 60_000],
  ['99999999u', 99_999.999],
  ['500000n', 0.5],
  ['123456789m', 0],
  ['-1S', 0],
  ['1s', 0],
  ['S', 0],
])('grpc-timeout %s is %d ms', (text, ms) => {
  expect(grpcTimeoutMs(`Grpc-Timeout: ${text}\r\n`)).toBeCloseTo(ms, 6);
});
