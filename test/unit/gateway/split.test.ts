/** However the network cuts a message, the outcome is the same: requests and responses cut at random, and at each byte. */

import { once } from 'node:events';
import { createServer } from 'node:net';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ChunkedReader } from '../../../src/gateway/http/chunked.ts';
import { RequestHead } from '../../../src/gateway/http/request-head.ts';
import { GatewayRig, onCleanup } from './rig/gateway-rig.ts';

const REQUESTS =
  'POST /a HTTP/1.1\r\nHost: localhost\r\nX-A: \xff\r\nTransfer-Encoding: chunked\r\n\r\n5;x="y;\\""\r\nhello\r\n3\r\nyou\r\n0\r\nX-T: 1\r\n\r\n' +
  '\r\nPUT /b HTTP/1.1\r\nContent-Length: 4\r\nHost: localhost\r\n\r\nbody' +
  'GET /c HTTP/1.1\r\nHost: localhost\r\nTE: trailers\r\n\r\n';

const RESPONSES: Readonly<Record<string, string>> = {
  '/a': 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfirst',
  '/b': 'HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n2;e\r\nse\r\n4\r\ncond\r\n0\r\n\r\n',
  '/c': 'HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nthird\r\n0\r\nX-T: 2\r\n\r\n',
};

function pieces(text: string, cuts: readonly number[]): string[] {
  const points = [0, ...[...new Set(cuts.map((cut) => cut % text.length))].sort((a, b) => a - b), text.length];
  return points
    .slice(1)
    .map((point, index) => text.slice(points[index], point))
    .filter((piece) => piece !== '');
}

/** Runs the three requests through a gateway, both directions cut. @returns what the instance and the client saw */
async function run(cuts: readonly number[]): Promise<string> {
  const rig = await GatewayRig.open();
  let seen = '';
  const server = createServer({ noDelay: true }, async (socket) => {
    let buffered = '';
    socket.on('error', () => {});
    for await (const data of socket) {
      buffered += data.toString('latin1');
      seen += data.toString('latin1');
      const done = /^\w+ (\/\w) [\s\S]*?\r\n\r\n(?:5\r\n[\s\S]*?X-T: 1\r\n\r\n|body)?$/.exec(buffered);
      const path = done?.[1];
      if (
        path === undefined ||
        (path === '/a' && !buffered.endsWith('1\r\n\r\n')) ||
        (path === '/b' && !buffered.endsWith('body'))
      )
        continue;
      buffered = '';
      for (const piece of pieces(RESPONSES[path]!, cuts)) {
        socket.write(piece, 'latin1');
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onCleanup(() => new Promise((resolve) => server.close(() => resolve())));
  rig.put((server.address() as { port: number }).port);
  const client = await rig.client();
  for (const piece of pieces(REQUESTS, cuts)) {
    client.send(piece);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await client.text('X-T: 2\r\n\r\n');
  const outcome = `${seen}\n=====\n${client.received}`;
  rig.gateway.close();
  return outcome
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'UUID')
    .replace(/00-[0-9a-f]{32}-[0-9a-f]{16}-03/g, 'TRACE')
    .replace(/^Date: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/gm, 'DATE')
    .replace(/X-Forwarded-Port: \d+/g, 'PORT');
}

it('requests and responses cut anywhere have the same outcome', async () => {
  const whole = await run([]);
  expect(whole).toContain('5\r\nhello\r\n3\r\nyou\r\n0\r\nX-T: 1\r\n\r\n');
  expect(await run(Array.from({ length: 400 }, (_, index) => index))).toBe(whole);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(399), { maxLength: 12 }), async (cuts) => {
      expect(await run(cuts)).toBe(whole);
    }),
    { numRuns: 100 },
  );
});

it('the chunked reader sees one outcome however a body is cut', () => {
  const read = (text: string, cuts: readonly number[], raw: boolean): string => {
    let out = '';
    const reader = new ChunkedReader(raw, true, {
      bytes: (buffer, start, end) => (out += buffer.toString('latin1', start, end)),
    });
    let rest = '';
    for (const piece of pieces(text, cuts)) {
      if (reader.done) {
        rest += piece;
        continue;
      }
      const buffer = Buffer.from(piece, 'latin1');
      const end = reader.feed(buffer, 0, buffer.length);
      if (end === -1) return 'malformed';
      rest += piece.slice(end);
    }
    return JSON.stringify([out, reader.done, rest]);
  };
  const piece = fc.constantFrom(
    '5\r\nhello\r\n',
    '0\r\n',
    '\r\n',
    'a;x=1\r\n0123456789\r\n',
    '1;q="\\""\r\nx\r\n',
    'X: 1\r\n',
    ' ',
    'z',
    '\n',
    '\r',
    '00\r\n',
    ';',
    'Host: x\r\n',
  );
  fc.assert(
    fc.property(
      fc.array(piece, { minLength: 1, maxLength: 8 }),
      fc.array(fc.nat(80), { maxLength: 80 }),
      fc.boolean(),
      (parts, cuts, raw) => {
        const text = parts.join('');
        expect(read(text, cuts, raw)).toBe(read(text, [], raw));
      },
    ),
    { numRuns: 3000 },
  );
});

it('no text makes the head reader throw, and what it accepts is what it forwards', () => {
  const head = new RequestHead();
  const line = fc.oneof(
    fc.constantFrom(
      'Host: a',
      'Content-Length: 3',
      'Connection: x-a, close',
      'X-A: 1',
      'Via: 1.1 x',
      'Transfer-Encoding: chunked',
      'Expect: 100-continue',
      'Upgrade: websocket',
      'TE: trailers',
    ),
    fc.string({ unit: 'binary-ascii', maxLength: 12 }),
  );
  fc.assert(
    fc.property(
      fc.constantFrom('GET / HTTP/1.1', 'PUT /x HTTP/1.0', 'GET http://h/ HTTP/1.1', 'X'),
      fc.array(line, { maxLength: 8 }),
      (first, lines) => {
        const text = `${[first, ...lines].join('\r\n')}\r\n`;
        if (head.parse(text, text.length, 8192) !== 0) return;
        for (const field of head.fields.split('\r\n').slice(0, -1))
          expect(field).toMatch(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*$/);
      },
    ),
    { numRuns: 5000 },
  );
});
