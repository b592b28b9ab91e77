/** The access log: what a line tells, both formats, rotation, and that odd bytes stay on their line. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { AccessLog } from '../../../src/gateway/access-log/access-log.ts';
import type { Access } from '../../../src/gateway/access-log/lines.ts';
import type { Limits } from '../../../src/gateway/limits.ts';
import type { AuthTable, RouteTable } from '../../../src/gateway/protocol.ts';
import type { AccessLogSpec } from '../../../src/model/access-log.ts';
import type { PolicyWords } from '../../../src/model/policy.ts';
import { answer, GatewayRig, get, onCleanup, route } from './rig/gateway-rig.ts';
import { session } from './rig/http2-session.ts';

async function logged(
  more: Partial<AccessLogSpec> = {},
  words: PolicyWords = {},
  limits: Partial<Limits> = {},
  own: Partial<RouteTable> = {},
) {
  const dir = mkdtempSync(path.join(tmpdir(), 'access-'));
  onCleanup(() => rmSync(dir, { recursive: true, force: true }));
  const spec: AccessLogSpec = {
    format: 'json',
    path: path.join(dir, 'access.log'),
    maxSizeBytes: 1e9,
    maxFiles: 3,
    ...more,
  };
  const table = {
    routes: [route('app', '/api')],
    balancers: {},
    policies: { app: { own: words, callers: {} } },
    accessLog: spec,
    ...own,
  };
  const rig = await GatewayRig.open(limits, table);
  /** What has been written once the log is closed. */
  const lines = (): string[] => {
    rig.gateway.setRoutes({ routes: [], balancers: {} });
    return readFileSync(spec.path, 'utf8').trimEnd().split('\n');
  };
  return { rig, dir, lines };
}

function text(dir: string): string {
  try {
    return readFileSync(path.join(dir, 'access.log'), 'utf8');
  } catch {
    return '';
  }
}

it('is closed under a write that waits for its turn: all lines come before it says so, in their order, and into no other file', async () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'access-'));
  onCleanup(() => rmSync(dir, { recursive: true, force: true }));
  const file = path.join(dir, 'access.log');
  // Who opens a pipe without a writer waits in one of the threads that writes need too.
  const pipes = Array.from({ length: Number(process.env.UV_THREADPOOL_SIZE ?? 4) }, (_, i) => path.join(dir, `p${i}`));
  for (const pipe of pipes) execFileSync('mkfifo', [pipe]);
  const opened = pipes.map((pipe) => open(pipe, 'r'));
  const log = new AccessLog({ format: 'json', path: file, maxSizeBytes: 1e9, maxFiles: 3 });
  const times = { queueMs: 0, connectMs: 0, firstByteMs: 0, totalMs: 0 };
  const targets = Array.from({ length: 100 }, (_, i) => `/${i}/${'x'.repeat(1_000)}`);
  for (const target of targets) log.note({ ...times, target } as unknown as Access);
  const closed = log.close();
  const other = openSync(path.join(dir, 'other'), 'w');
  for (const pipe of pipes) closeSync(openSync(pipe, 'w'));
  for (const one of await Promise.all(opened)) await one.close();
  await closed;
  const written = readFileSync(file, 'utf8').trimEnd().split('\n');
  expect(written.map((line) => JSON.parse(line).target)).toEqual(targets);
  expect(readFileSync(path.join(dir, 'other'), 'utf8')).toBe('');
  closeSync(other);
});

it('JSON: who asked whom, what came of it, and where the time went', async () => {
  const { rig, lines } = await logged();
  const backend = await rig.backend();
  const client = await rig.client(rig.edgePort);
  client.send(get('/x?y=1', 'User-Agent: "me"\r\nX-Request-Id: id-1\r\n'));
  const upstream = await backend.connection();
  await upstream.head();
  upstream.send(answer('hello', '404 Not Found'));
  await client.response();
  const outside = await rig.client();
  await outside.send(get('/nowhere')).response();
  const [first, second] = lines().map((line) => JSON.parse(line));
  expect(first).toMatchObject({
    ...{ client: '127.0.0.1', method: 'GET', target: '/x?y=1', protocol: 'HTTP/1.1', host: 'localhost' },
    ...{ userAgent: '"me"', requestId: 'id-1', status: 404, bodyBytes: 5, caller: 'web', callee: 'app', route: '' },
    ...{ instance: 'app.1@1', attempts: 1, flag: '', fault: '' },
  });
  expect(first.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-0[0-3]$/);
  for (const time of ['queueMs', 'connectMs', 'firstByteMs', 'totalMs']) expect(first[time]).toBeGreaterThanOrEqual(0);
  expect(first.queueMs + first.firstByteMs).toBeLessThanOrEqual(first.totalMs + 0.02);
  expect(second).toMatchObject({
    target: '/nowhere',
    status: 404,
    callee: '',
    flag: 'NR',
    attempts: 0,
    firstByteMs: -1,
  });
});

it('a repetition, a client that left and a route are told', async () => {
  const { rig, lines } = await logged();
  const backend = await rig.backend();
  const client = await rig.client();
  client.send(get('/api'));
  const broken = await backend.connection();
  await broken.head();
  broken.socket.resetAndDestroy();
  const upstream = await backend.connection();
  await upstream.head();
  upstream.send(answer());
  await client.response();
  client.send(get('/api/2'));
  await upstream.head();
  client.destroy();
  await upstream.closed();
  const [first, second] = lines().map((line) => JSON.parse(line));
  expect(first).toMatchObject({ attempts: 2, route: '/api', status: 200 });
  expect(second).toMatchObject({ status: 0, flag: 'DC', target: '/api/2' });
});

it('the head of an answer that was not passed on is no first byte of the one that failed', async () => {
  const { rig, lines } = await logged({}, { retries: { statuses: [500] } });
  const backend = await rig.backend();
  const client = await rig.client();
  client.send(get('/api'));
  const upstream = await backend.connection();
  await upstream.head();
  upstream.send(answer('', '500 Internal Server Error'));
  const again = await backend.connection();
  await again.head();
  again.send('no HTTP\r\n\r\n');
  expect((await client.response()).status).toBe(502);
  expect(JSON.parse(lines()[0]!)).toMatchObject({ attempts: 2, status: 502, firstByteMs: -1 });
});

it.each<[string, string, object]>([
  ['no HTTP', '\x16\x03\x01', { status: 400, method: '', target: '' }],
  ['a field without a name', get('/a', ': x\r\n'), { status: 400, method: 'GET', target: '/a' }],
  ['an expectation', get('/a', 'Expect: x\r\nUser-Agent: me\r\n'), { status: 417, target: '/a', userAgent: 'me' }],
  ['a target', get(`/${'x'.repeat(9_000)}`), { status: 414, method: 'GET', target: '' }],
  ['a target above all limits', get(`/${'x'.repeat(20_000)}`), { status: 414, method: '', target: '' }],
  ['many fields', get('/a', 'a: 1\r\n'.repeat(300)), { status: 431, method: 'GET', target: '/a' }],
  ['a large head', get('/a', `a: ${'x'.repeat(20_000)}\r\n`), { status: 431, method: 'GET', target: '/a' }],
  ['a coding', get('/a', 'Transfer-Encoding: gzip\r\n'), { status: 501, target: '/a', host: 'localhost' }],
  ['a large body', get('/a', 'Content-Length: 2000\r\n'), { status: 413, target: '/a' }],
  [
    'a large body in chunks',
    get('/a', `Transfer-Encoding: chunked\r\n\r\n${'400\r\n'}${'x'.repeat(1024)}`),
    { status: 413 },
  ],
  [
    'a broken chunk with its head',
    `${get('/a', 'Transfer-Encoding: chunked\r\n')}x\r\n`,
    { status: 400, target: '/a' },
  ],
  ['a head that does not end', 'GET /a HTTP/1.1\r\nHost: x', { status: 408, method: 'GET', target: '/a' }],
])('a request refused for %s has its line', async (_what, text, wanted) => {
  const { rig, lines } = await logged({}, {}, { bodyBytes: 1_000, headMs: 300 });
  const client = await rig.client();
  const { status, body } = await client.send(text).response();
  const [line, ...others] = lines().map((one) => JSON.parse(one));
  expect(others).toEqual([]);
  expect(line).toMatchObject({
    flag: 'IR',
    attempts: 0,
    status,
    bodyBytes: body.length,
    protocol: 'HTTP/1.1',
    ...wanted,
  });
});

it('a client that leaves while it is found out who it is has its flag', async () => {
  const keys = createServer();
  keys.listen(0, '127.0.0.1');
  await once(keys, 'listening');
  const { port } = keys.address() as { port: number };
  const staff: AuthTable['providers'][number] = {
    ...{ kind: 'jwt', name: 'staff', keys: { kind: 'url', url: `http://127.0.0.1:${port}/` } },
    ...{ audience: [], algorithms: ['ES256'], clockToleranceMs: 0, forward: {} },
  };
  const routes = [route('app', '/api', { auth: { provider: 'staff', require: {} } })];
  const { rig, lines } = await logged({}, {}, {}, { auth: { providers: [staff] }, routes });
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const token = `${part({ alg: 'ES256', kid: 'one' })}.${part({ sub: 'ada' })}.${'x'.repeat(86)}`;
  const client = await rig.client();
  client.send(get('/api', `Authorization: Bearer ${token}\r\n`));
  const [asked] = (await once(keys, 'connection')) as [Socket];
  onCleanup(() => new Promise((resolve) => keys.close(() => resolve())));
  onCleanup(() => void asked.destroy());
  client.destroy();
  await expect.poll(() => rig.gateway.stats().connections).toBe(0);
  expect(lines().map((line) => JSON.parse(line))).toMatchObject([{ target: '/api', status: 0, flag: 'DC' }]);
});

it('the protocol is that of the client, and answers of the gateway have their bytes over HTTP/2 too', async () => {
  const { rig, lines } = await logged();
  const old = await rig.client();
  await old.send('GET /old HTTP/1.0\r\n\r\n').response();
  const client = await session(rig.port);
  const sizes: number[] = [];
  for (const [method, target] of [
    ['GET', '/new'],
    ['HEAD', '/head'],
    ['GET', `/${'x'.repeat(9_000)}`],
  ]) {
    const stream = client.request({ ':method': method, ':path': target });
    let bytes = 0;
    stream.on('data', (data: Buffer) => {
      bytes += data.length;
    });
    await once(stream, 'end');
    expect(bytes > 0).toBe(method !== 'HEAD');
    sizes.push(bytes);
  }
  expect(lines().map((line) => JSON.parse(line))).toMatchObject([
    { target: '/old', protocol: 'HTTP/1.0', status: 404 },
    { target: '/new', protocol: 'HTTP/2.0', status: 404, bodyBytes: sizes[0] },
    { target: '/head', protocol: 'HTTP/2.0', status: 404, bodyBytes: 0 },
    { target: '', protocol: 'HTTP/2.0', status: 414, bodyBytes: sizes[2] },
  ]);
});

it('combined: one line each, whatever the client says', async () => {
  const { rig, lines } = await logged({ format: 'combined' });
  const client = await rig.client();
  const { body } = await client.send(get('/a"b', 'User-Agent: x" \xe9\r\nReferer: http://r/\r\n')).response();
  const garbage = await rig.client();
  const refused = await garbage.send('\n').response();
  const written = lines();
  expect(written).toHaveLength(2);
  const [first, second] = written;
  expect(first).toMatch(
    /^127\.0\.0\.1 - - \[\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000\] "GET \/a\\x22b HTTP\/1\.1" 404 \d+ "http:\/\/r\/" "x\\x22 \\xE9"$/,
  );
  expect(first).toContain(` 404 ${body.length} `);
  expect(second).toMatch(/ "-" 400 \d+ "-" "-"$/);
  expect(second).toContain(` 400 ${refused.body.length} `);
});

it('the file is rotated, and no more are kept than asked for', async () => {
  const { rig, dir, lines } = await logged({ maxSizeBytes: 1 });
  const client = await rig.client();
  for (let i = 0; i < 5; i++) {
    await client.send(get(`/${i}`)).response();
    await expect.poll(() => text(dir)).toContain(`"target":"/${i}"`);
    expect(readdirSync(dir)).toHaveLength(Math.min(3, i + 1));
  }
  await client.send(get('/last')).response();
  expect(lines()).toHaveLength(1);
  expect(readdirSync(dir).sort()).toEqual(['access.log', 'access.log.1', 'access.log.2']);
});
