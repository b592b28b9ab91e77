import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import type net from 'node:net';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ProbeSpec } from '../../../../src/model/project.ts';
import { readAnswer, statusOf } from '../../../../src/runtime/probes/http-answer.ts';
import { createProbe, probeKinds } from '../../../../src/runtime/probes/index.ts';
import type { Probe } from '../../../../src/runtime/probes/probe.ts';
import { freePort } from '../../../rig/free-port.ts';
import { eventually } from '../../../rig/wait.ts';
import { isGone, script, tempDir } from '../support.ts';
import { answering, serve } from './servers.ts';

function probe(spec: ProbeSpec, port: number | null, workingDir = '/'): Probe {
  return createProbe(spec, {
    port,
    environment: { PATH: process.env.PATH ?? '', PORT: String(port) },
    workingDir,
    watchLog: () => () => {},
  });
}

const get = (more: Partial<Extract<ProbeSpec, { kind: 'http' }>> = {}): ProbeSpec => ({
  kind: 'http',
  path: '/healthz',
  headers: {},
  status: { from: 200, to: 399 },
  ...more,
});

const check = (one: Probe) => one.check(new AbortController().signal);

/** Aborts once the server has been reached. */
async function checkUntil(one: Probe, reached: () => boolean) {
  const controller = new AbortController();
  const result = one.check(controller.signal);
  await eventually('the server to be reached', reached);
  controller.abort();
  return result;
}

it('there is one kind for each of the definition', () => {
  // `image` stands for another kind until the image is known.
  const all: Record<Exclude<ProbeSpec['kind'], 'image'>, true> = {
    none: true,
    tcp: true,
    http: true,
    exec: true,
    log: true,
  };
  expect(probeKinds.map(({ kind }) => kind).sort()).toEqual(Object.keys(all).sort());
});

describe('tcp', () => {
  it('passes when the port accepts, on either loopback address, and tells which', async () => {
    for (const host of ['127.0.0.1', '::1']) {
      const { port } = await serve(() => {}, { host });
      const one = probe({ kind: 'tcp' }, port);
      expect(await check(one)).toEqual({ ok: true, host });
      expect(await check(one)).toEqual({ ok: true, host });
    }
  });

  it('fails as refused when nobody listens', async () => {
    const port = await freePort();
    expect(await check(probe({ kind: 'tcp' }, port))).toEqual({
      ok: false,
      refused: true,
      detail: `nothing listens on port ${port}`,
    });
  });

  it('can look at another port than the service’s', async () => {
    const { port } = await serve(() => {});
    expect(await check(probe({ kind: 'tcp', port }, 1))).toEqual({ ok: true, host: null });
  });
});

describe('http', () => {
  const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';

  it('asks for the path with its headers, and closes', async () => {
    const { port, asked } = await serve(answering(ok));
    const one = probe(get({ path: '/a b?c=%20d', headers: { Authorization: 'Bearer x', Host: 'shop.test' } }), port);
    expect(await check(one)).toEqual({ ok: true, host: '127.0.0.1' });
    expect(asked[0]).toBe(
      'GET /a%20b?c=%20d HTTP/1.1\r\nhost: shop.test\r\nuser-agent: msvc-probe\r\naccept: */*\r\n' +
        'authorization: Bearer x\r\nconnection: close\r\n\r\n',
    );
  });

  it('passes against a real server that listens on ::1 alone', async () => {
    const server = http.createServer((_request, response) => response.end('x'.repeat(100_000)));
    await once(server.listen(0, '::1'), 'listening');
    const { port } = server.address() as net.AddressInfo;
    expect(await check(probe(get(), port))).toEqual({ ok: true, host: '::1' });
    await new Promise((resolve) => server.close(resolve));
  });

  it('reads a good answer to its end, so that the server sees no reset', async () => {
    const errors: Error[] = [];
    const server = http.createServer((_request, response) => {
      response.on('error', (error) => errors.push(error));
      response.write('x'.repeat(300_000));
      setImmediate(() => response.end('y'.repeat(300_000)));
    });
    server.on('connection', (socket) => socket.on('error', (error) => errors.push(error)));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    expect((await check(probe(get(), (server.address() as net.AddressInfo).port))).ok).toBe(true);
    await new Promise((resolve) => server.close(resolve));
    expect(errors).toEqual([]);
  });

  it('nor when the head of a long answer comes in pieces', async () => {
    const sent: number[] = [];
    const { port } = await serve((socket) => {
      socket.on('close', () => sent.push(socket.bytesWritten));
      socket.write('HTTP/1.1 200 OK\r\ncontent-len');
      setTimeout(() => socket.write(`gth: 400000\r\n\r\n${'x'.repeat(250)}`), 20);
      setTimeout(() => socket.end('x'.repeat(399_750)), 40);
    });
    expect((await check(probe(get(), port))).ok).toBe(true);
    await eventually('the connection to be over', () => sent.length > 0);
    expect(sent[0]).toBeGreaterThan(400_000);
  });

  it('lets a server that keeps the connection go after a whole answer, and waits for the rest of one', async () => {
    const gone: string[] = [];
    const { port } = await serve((socket, text) => {
      const [, path = ''] = text.split(' ');
      socket.write(path === '/whole' ? ok : ok.slice(0, -1));
      socket.on('end', () => gone.push(path));
    });
    for (const path of ['/part', '/whole']) expect((await check(probe(get({ path }), port))).ok).toBe(true);
    await eventually('both to be let go', () => gone.length === 2);
    expect(gone).toEqual(['/whole', '/part']);
  });

  it.each([
    [
      'a status out of the range',
      'HTTP/1.1 503 No\r\ncontent-length: 12\r\n\r\nno database\n',
      'status 503: no database',
    ],
    [
      'a chunked body',
      'HTTP/1.1 500 X\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n',
      'status 500: abcde',
    ],
    ['a body up to the end of the connection', 'HTTP/1.1 404 X\r\n\r\nnot here', 'status 404: not here'],
    ['no body', 'HTTP/1.1 500 X\r\ncontent-length: 0\r\n\r\n', 'status 500'],
    ['something else than HTTP', 'SSH-2.0-x\r\n', 'the answer is not HTTP/1'],
    ['an end within the headers', 'HTTP/1.1 200 OK\r\nfoo', 'closed within the headers'],
    ['no answer at all', '', 'closed without an answer'],
  ])('says what came: %s', async (_name, answer, detail) => {
    const { port } = await serve(answering(answer));
    expect(await check(probe(get(), port))).toEqual({ ok: false, refused: false, detail: `GET /healthz: ${detail}` });
  });

  it('reads the status of a common answer at a glance, and leaves the rest to the closer look', () => {
    const glance = (text: string) => statusOf(Buffer.from(text, 'latin1'));
    expect(glance('HTTP/1.1 200 OK\r\na: b\r\n\r\nbody')).toBe(200);
    expect(glance('HTTP/1.0 404 \r\na: b\r\n\r\n')).toBe(404);
    for (const text of [
      'HTTP/1.1 200 OK\r\n',
      'HTTP/1.1 100 Continue\r\n\r\n',
      'HTTP/2.0 200 OK\r\n\r\n',
      'SSH-2.0\r\n\r\n',
      '',
    ]) {
      expect(glance(text), text).toBeNull();
    }
  });

  it('an interim answer is not the answer', async () => {
    const { port } = await serve(answering('HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 500 X\r\ncontent-length: 0\r\n\r\n'));
    expect(await check(probe(get(), port))).toMatchObject({ ok: false, detail: 'GET /healthz: status 500' });
  });

  it('many answers at once do not mix, though they are read into one memory', async () => {
    const servers = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        serve((socket) => {
          socket.write(`HTTP/1.1 500 X\r\ncontent-length: 6\r\n\r\nfrom${String(n % 10)}`);
          setImmediate(() => socket.end('!'));
        }),
      ),
    );
    const results = await Promise.all(servers.map(({ port }) => check(probe(get(), port))));
    expect(results.map((result) => (result.ok ? '' : result.detail))).toEqual(
      servers.map((_, n) => `GET /healthz: status 500: from${n % 10}!`),
    );
  });

  it('shows at most 200 characters of a body', async () => {
    const { port } = await serve(answering(`HTTP/1.1 500 X\r\n\r\n${'é'.repeat(5000)}`));
    const result = await check(probe(get(), port));
    expect(result.ok ? '' : result.detail).toBe(`GET /healthz: status 500: ${'é'.repeat(199)}…`);
  });

  it('times out against a server that hangs: before the headers, or within a bad answer’s body', async () => {
    const silent = await serve(() => {});
    expect(await checkUntil(probe(get(), silent.port), () => silent.asked.length > 0)).toMatchObject({
      ok: false,
      refused: false,
      detail: expect.stringContaining('timed out'),
    });
    const slow = await serve((socket) => socket.write('HTTP/1.1 500 X\r\ncontent-length: 99\r\n\r\nhalf'));
    const result = await checkUntil(probe(get(), slow.port), () => slow.asked.length > 0);
    expect(result.ok ? '' : result.detail).toMatch(/timed out|status 500: half/);
  });

  it('is satisfied by the status alone when a good answer’s body does not end', async () => {
    const { port } = await serve((socket) => socket.write('HTTP/1.1 200 OK\r\n\r\ndata: an event\n\n'));
    expect((await check(probe(get(), port))).ok).toBe(true);
  });

  it('passes over interim answers and takes redirects as they are', async () => {
    const { port } = await serve(
      answering('HTTP/1.1 103 Early\r\nlink: x\r\n\r\nHTTP/1.1 302 Found\r\nlocation: /x\r\n\r\n'),
    );
    expect((await check(probe(get(), port))).ok).toBe(true);
    expect((await check(probe(get({ status: { from: 200, to: 299 } }), port))).ok).toBe(false);
  });

  it('reads an answer that comes byte by byte', () => {
    const whole = Buffer.from('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
    const kinds = Array.from(whole, (_, index) => readAnswer(whole.subarray(0, index), false).kind);
    expect(new Set(kinds)).toEqual(new Set(['partial', 'answer']));
    expect(readAnswer(whole, false)).toEqual({ kind: 'answer', status: 200, body: 'ok', complete: true });
  });
});

describe('exec', () => {
  const sh = (line: string): ProbeSpec => ({ kind: 'exec', command: { kind: 'shell', line } });

  it('passes on exit 0, in the service’s folder and environment', async () => {
    const dir = tempDir();
    script(dir, 'ok', '');
    expect(await check(probe(sh('test -f ok && test "$PORT" = 7'), 7, dir))).toEqual({ ok: true, host: null });
    const argv = ['test', [{ ref: 'PORT' }], '=', '7'];
    expect((await check(probe({ kind: 'exec', command: { kind: 'exec', argv } }, 7))).ok).toBe(true);
  });

  it('fails with the exit and what it said', async () => {
    const failed = async (line: string) => {
      const result = await check(probe(sh(line), null));
      return result.ok ? '' : result.detail;
    };
    expect(await failed('echo no luck >&2; exit 3')).toBe('exit 3: no luck');
    expect(await failed('kill -9 $$')).toBe('exit SIGKILL');
    expect(await failed('no-such-program-9')).toMatch(/^exit 127: .*not found/);
  });

  it('fails when there is no such program', async () => {
    const result = await check(probe({ kind: 'exec', command: { kind: 'exec', argv: ['no-such-program-9'] } }, null));
    expect(result).toMatchObject({ ok: false, detail: expect.stringContaining('ENOENT') });
  });

  it('is killed as a group when its time is over', async () => {
    const dir = tempDir();
    const pids = () => readFileSync(path.join(dir, 'pids'), 'utf8').trim().split('\n').map(Number);
    const one = probe(sh('(trap "" TERM; sleep 614) & echo $! >> pids; echo $$ >> pids; touch up; wait'), null, dir);
    const result = await checkUntil(one, () => {
      try {
        return pids().length === 2;
      } catch {
        return false;
      }
    });
    expect(result).toEqual({ ok: false, refused: false, detail: 'timed out' });
    await eventually('the group to go', () => pids().every(isGone));
  });

  it('leaves nothing running that it started', async () => {
    const dir = tempDir();
    expect((await check(probe(sh('sleep 615 > /dev/null 2>&1 & echo $! > pid; exit 0'), null, dir))).ok).toBe(true);
    const pid = Number(readFileSync(path.join(dir, 'pid'), 'utf8'));
    await eventually('it to go', () => isGone(pid));
  });
});

describe('log and none', () => {
  it('log passes at the first line that matches', async () => {
    let say = (_line: string): void => {};
    const one = createProbe(
      { kind: 'log', pattern: 'listening on \\d+' },
      {
        port: null,
        environment: {},
        workingDir: '/',
        watchLog: (onLine) => {
          say = onLine;
          return () => {};
        },
      },
    );
    let passes = 0;
    one.listen!(() => (passes += 1));
    expect((await check(one)).ok).toBe(false);
    say('starting');
    expect(passes).toBe(0);
    say('INFO listening on 80');
    say('INFO listening on 81');
    expect(passes).toBe(1);
    expect((await check(one)).ok).toBe(true);
  });

  it('none passes as it is', async () => {
    expect(await check(probe({ kind: 'none' }, null))).toEqual({ ok: true, host: null });
  });
});
