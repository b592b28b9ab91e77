/** Rules 1-30: what a request must be made of. Refused ones reach no instance, and nothing after them is read. */
import { describe, expect, it } from 'vitest';
import { answer, GatewayRig, get } from './rig/gateway-rig.ts';

/** Sends the bytes and a harmless request behind them; expects the refusal, the close, and silence towards the instance. */
async function refused(bytes: string, ...statuses: number[]): Promise<void> {
  const rig = await GatewayRig.open();
  const backend = await rig.backend();
  const client = await rig.client();
  client.send(bytes + get('/smuggled'));
  const response = await client.response();
  expect(statuses).toContain(response.status);
  expect(response.fields.get('connection')).toEqual(['close']);
  expect(response.fields.get('content-type')).toEqual(['application/problem+json']);
  await client.closed();
  expect(client.received).toBe('');
  for (const connection of backend.connections) expect(connection.received).not.toContain('smuggled');
}

/** Sends the bytes and takes what reaches the instance. */
async function forwarded(bytes: string) {
  const rig = await GatewayRig.open();
  const backend = await rig.backend();
  const client = await rig.client();
  client.send(bytes);
  const upstream = await backend.connection();
  const head = await upstream.head();
  return { rig, client, upstream, head };
}

const cases = (
  name: string,
  values: readonly string[],
  status: readonly number[],
  make: (value: string) => string,
): void => {
  it.each(values)(`${name}: %j`, (value) => refused(make(value), ...status));
};

describe('rule 01-08: target and host', () => {
  cases('rule 01: no Host in HTTP/1.1', ['GET / HTTP/1.1\r\n\r\n'], [400], (text) => text);
  cases(
    'rule 02: two different Host lines',
    ['a', 'b'],
    [400],
    (host) => `GET / HTTP/1.1\r\nHost: localhost\r\nHost: ${host}\r\n\r\n`,
  );
  cases(
    'rule 03: two identical Host lines',
    ['localhost'],
    [400],
    (host) => `GET / HTTP/1.1\r\nHost: ${host}\r\nHost: ${host}\r\n\r\n`,
  );
  cases(
    'rule 04: a malformed Host',
    ['u@localhost', 'localhost/x', 'a,b', 'a b', '', 'localhost:x', '[::1'],
    [400],
    (host) => `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`,
  );

  it('rule 05: absolute-form: the authority of the URI wins, origin-form goes on', async () => {
    const { head } = await forwarded('GET http://app.localhost:81/x?y HTTP/1.1\r\nHost: evil.test\r\nX-A: 1\r\n\r\n');
    expect(head.line).toBe('GET /x?y HTTP/1.1');
    expect(head.fields.get('host')).toEqual(['app.localhost:81']);
  });

  it('rule 06: `OPTIONS *` is answered', async () => {
    const rig = await GatewayRig.open();
    const client = await rig.client();
    expect((await client.send('OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n').response()).status).toBe(204);
  });
  cases('rule 06: `GET *`', ['*'], [400], (target) => `GET ${target} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  cases(
    'rule 07: CONNECT',
    ['localhost:1'],
    [501],
    (target) => `CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`,
  );
  cases(
    'rule 08: other forms of target',
    ['localhost:80', 'x', 'ftp://localhost/', 'http:///x', '/a#b'],
    [400],
    (target) => `GET ${target} HTTP/1.1\r\nHost: localhost\r\n\r\n`,
  );
});

const post = (fields: string, body = ''): string => `POST / HTTP/1.1\r\nHost: localhost\r\n${fields}\r\n${body}`;

describe('rule 09-15: framing', () => {
  cases('rule 09: CL and TE together', ['5'], [400], (length) =>
    post(`Content-Length: ${length}\r\nTransfer-Encoding: chunked\r\n`, '0\r\n\r\n'),
  );
  cases('rule 10: two different CL', ['6'], [400], (length) =>
    post(`Content-Length: 5\r\nContent-Length: ${length}\r\n`, 'hello'),
  );
  cases('rule 11: two identical CL, or a list', ['5\r\nContent-Length: 5', '5, 5'], [400], (length) =>
    post(`Content-Length: ${length}\r\n`, 'hello'),
  );
  cases('rule 12: a malformed CL', ['+5', '-1', '0x5', '5 ', '', '18446744073709551616', '5;', '٥'], [400], (length) =>
    post(`Content-Length: ${length}\r\n`, 'hello'),
  );
  cases(
    'rule 13: another transfer coding',
    [
      'xchunked',
      'chunked, gzip',
      'gzip, chunked',
      'chunked, chunked',
      'chun ked',
      '',
      '"chunked"',
      'chunked\r\nTransfer-Encoding: chunked',
      'chunked;x',
    ],
    [400, 501],
    (coding) => post(`Transfer-Encoding: ${coding}\r\n`, '0\r\n\r\n'),
  );
  cases(
    'rule 14: TE in HTTP/1.0',
    ['chunked'],
    [400],
    (coding) => `POST / HTTP/1.0\r\nTransfer-Encoding: ${coding}\r\n\r\n0\r\n\r\n`,
  );
  cases(
    'rule 15: a space before the colon',
    ['Transfer-Encoding : chunked', 'Content-Length : 5', 'X-A : 1'],
    [400],
    (line) => post(`${line}\r\n`),
  );
  cases('rule 15: underscore spelling is no framing', ['X_Y'], [400], (name) => post(`${name} : 1\r\n`));
});

describe('rule 16-22: field lines', () => {
  cases('rule 16: obs-fold', [' b', '\tb'], [400], (more) => get('/', `X-A: a\r\n${more}\r\n`));
  cases('rule 17: a line without colon', ['X-A'], [400], (line) => get('/', `${line}\r\n`));
  cases('rule 18: an empty or non-token name', ['', 'X A', 'X(A)', 'X"', '\x80x', 'X\x00'], [400], (name) =>
    get('/', `${name}: 1\r\n`),
  );
  cases('rule 19: control characters in a value', ['a\x00b', 'a\rb', 'a\x01', '\x7f', 'a\x0bb'], [400], (value) =>
    get('/', `X-A: ${value}\r\n`),
  );
  cases(
    'rule 20: a bare LF',
    [
      'GET / HTTP/1.1\nHost: localhost\n\n',
      'GET / HTTP/1.1\r\nHost: localhost\n\r\n',
      'GET / HTTP/1.1\r\nHost: localhost\r\n\n',
    ],
    [400],
    (text) => text,
  );

  it('rule 21: an empty line before the request line is passed over', async () => {
    const { head } = await forwarded(`\r\n${get('/x')}`);
    expect(head.line).toBe('GET /x HTTP/1.1');
  });
  cases('rule 21: but once', ['\r\n\r\n'], [400], (text) => text + get());

  it('rule 22: obs-text goes on byte for byte', async () => {
    const { head } = await forwarded(get('/', 'X-A: \x80\xe4\xff "\xc3\xa4"\r\n'));
    expect(head.fields.get('x-a')).toEqual(['\x80\xe4\xff "\xc3\xa4"']);
  });
});

const chunked = (body: string): string => post('Transfer-Encoding: chunked\r\n', body);

describe('rule 23-25: chunks', () => {
  cases(
    'rule 23: a malformed chunk',
    [
      '+5\r\nhello\r\n',
      '0x5\r\nhello\r\n',
      '5_\r\nhello\r\n',
      '00000000000000005\r\nhello\r\n',
      'ffffffffffffffff\r\n',
      '5\r\nhelloX\r\n',
      '-1\r\n',
      '5 \r\nhello\r\n',
      '5\nhello\r\n',
      '5\r\nhello\n',
      '\r\n',
      ' 5\r\nhello\r\n',
      '5\r\r\nhello',
      'g\r\n',
    ],
    [400],
    (body) => chunked(`${body}0\r\n\r\n`),
  );
  cases(
    'rule 24: a malformed extension',
    [';', ';=a', ';a=', ';a="b', ';a=b c', ';a=\x00', '; a=b;;'],
    [400],
    (extension) => chunked(`5${extension}\r\nhello\r\n0\r\n\r\n`),
  );

  it('rule 24: good extensions are dropped', async () => {
    const { upstream } = await forwarded(
      chunked(`${'5;a;b=c;d="e;\\"\r"'.replace('\r', '')}\r\nhello\r\n0;last\r\n\r\n`),
    );
    expect(await upstream.bytes(15)).toBe('5\r\nhello\r\n0\r\n\r\n');
  });

  it('rule 25: trailers that would pass for head fields do not go on', async () => {
    const trailers =
      'Content-Length: 3\r\nHost: evil\r\nTransfer-Encoding: chunked\r\nX_Forwarded_For: 6.6.6.6\r\nAuthorization: x\r\nX-Sum: 1\r\n';
    const { upstream } = await forwarded(chunked(`2\r\nhi\r\n0\r\n${trailers}\r\n`));
    expect(await upstream.bytes(22)).toBe('2\r\nhi\r\n0\r\nX-Sum: 1\r\n\r\n');
  });
  cases('rule 25: malformed trailers', ['X\r\n', 'X : 1\r\n', ' X: 1\r\n', 'X: \x00\r\n'], [400], (trailers) =>
    chunked(`0\r\n${trailers}\r\n`),
  );
});

describe('rule 26-30: the request line, limits, pipelines', () => {
  cases(
    'rule 26: the request line',
    [
      'GET\t/ HTTP/1.1',
      'GET  / HTTP/1.1',
      'GET /  HTTP/1.1',
      'GET / http/1.1',
      'GET / HTTP/1.2',
      'GET / HTTP/2.0',
      'GET / HTTP/3.9',
      'GET / HTTP/1.1 ',
      'GET /',
      ' GET / HTTP/1.1',
      'G(T / HTTP/1.1',
      'GET / HTTP/1.11',
    ],
    [400, 505],
    (line) => `${line}\r\nHost: localhost\r\n\r\n`,
  );
  cases('rule 27: a head over the limit', ['x'], [431], (char) => get('/', `X-A: ${char.repeat(16 * 1024)}\r\n`));
  cases('rule 27: too many fields', ['x'], [431], (char) => get('/', `${char}: 1\r\n`.repeat(300)));
  cases('rule 27: a target over the limit', ['x'], [414], (char) => get(`/${char.repeat(8 * 1024)}`));

  it('rule 27: a body over the limit', async () => {
    const rig = await GatewayRig.open({ bodyBytes: 10 });
    const backend = await rig.backend();
    const known = await rig.client();
    known.send(post('Content-Length: 11\r\n', 'hello world'));
    expect((await known.response()).status).toBe(413);
    const unknown = await rig.client();
    unknown.send(chunked('6\r\nhello \r\n'));
    await (await backend.connection()).bytes(6);
    unknown.send('5\r\nworld\r\n');
    expect((await unknown.response()).status).toBe(413);
    await unknown.closed();
  });

  it('rule 28: a head, and a body, that does not come to its end is given up', async () => {
    const rig = await GatewayRig.open({ headMs: 150, bodyIdleMs: 150 });
    await rig.backend();
    const slowHead = await rig.client();
    expect((await slowHead.send('GET / HTTP/1.1\r\nHo').response()).status).toBe(408);
    await slowHead.closed();
    const slowBody = await rig.client();
    expect((await slowBody.send(post('Content-Length: 5\r\n', 'he')).response()).status).toBe(408);
    await slowBody.closed();
  });

  it('rule 29: pipelined requests are answered in order', async () => {
    const rig = await GatewayRig.open();
    const backend = await rig.backend();
    const client = await rig.client();
    client.send(get('/1') + post('Content-Length: 5\r\n', 'hello') + get('/3'));
    const upstream = await backend.connection();
    for (const line of ['GET /1 HTTP/1.1', 'POST / HTTP/1.1', 'GET /3 HTTP/1.1']) {
      expect((await upstream.head()).line).toBe(line);
      if (line.startsWith('POST')) expect(await upstream.bytes(5)).toBe('hello');
      expect(upstream.received).toBe('');
      upstream.send(answer(line));
      expect((await client.response()).body).toBe(line);
    }
  });

  it('rule 29: a thousand pipelined requests that the gateway answers itself', async () => {
    const rig = await GatewayRig.open({}, { routes: [] });
    const client = await rig.client();
    client.send(get('/none').repeat(1000));
    for (let i = 0; i < 1000; i++) expect((await client.response()).status).toBe(404);
  });

  it('rule 30: what looks like a request inside a chunked body stays inside', async () => {
    const inner = get('/smuggled');
    const { upstream, client } = await forwarded(chunked(`${inner.length.toString(16)}\r\n${inner}\r\n0\r\n\r\n`));
    await upstream.until((received) => received.endsWith('0\r\n\r\n'));
    upstream.send(answer());
    expect((await client.response()).status).toBe(200);
    expect(upstream.received).toBe(`${inner.length.toString(16)}\r\n${inner}\r\n0\r\n\r\n`);
  });
});
