/** Rules 43-65: what comes back (RFC 9110 10, 15; RFC 9112 6, 8). */
import { answered, type Case, forwarded, get, post, type Step, shown, values } from './case.ts';

/** The origin's answer to a GET, and what the client must have of it. */
function back(
  rule: number,
  what: string,
  answer: readonly Step[],
  judge: Case['judge'],
  more: Partial<Case> = {},
): Case {
  return { rule, what, send: get('/'), answer, judge, ...more };
}

/** What the client got cannot be taken for a whole message. */
const incomplete: Case['judge'] = (seen) => {
  const [response] = seen.responses;
  if (!response) return seen.over === 'open' ? 'left open' : undefined;
  if (response.status === 502) return undefined;
  if (response.complete) return 'shown as complete';
  return seen.over === 'open' ? 'left open' : undefined;
};

const gateway502 = answered(({ status }) => (status === 502 ? undefined : status === 0 ? 'not HTTP' : String(status)));
const chunked = (more = ''): string => `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n${more}\r\n`;
const length = (bytes: number): string => `HTTP/1.1 200 OK\r\nContent-Length: ${bytes}\r\n\r\n`;
const EXPECT = 'Expect: 100-continue\r\nContent-Length: 5\r\n';
const UPGRADE =
  'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';
const SWITCHED =
  'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n';

export const RESPONSES: readonly Case[] = [
  {
    rule: 43,
    what: 'HEAD keeps the length and has no bytes',
    send: 'HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n',
    isHead: true,
    answer: [length(5)],
    judge: answered((response, { received }) => {
      if (values(response, 'content-length').join() !== '5') return 'no length';
      return received.endsWith('\r\n\r\n') ? undefined : 'bytes';
    }),
  },
  ...[204, 304].map((status) =>
    back(
      44,
      `${status} ends with its head${status === 304 ? ', ETag kept' : ''}`,
      [`HTTP/1.1 ${status} X\r\nETag: "a"\r\n\r\n`],
      answered((response, { received }) => {
        if (response.status !== status) return String(response.status);
        if (!received.endsWith('\r\n\r\n') || response.fields.has('transfer-encoding')) return 'framing or bytes';
        return response.fields.has('etag') ? undefined : 'ETag lost';
      }),
    ),
  ),
  back(
    45,
    'Content-Length with Transfer-Encoding from the origin: 502',
    ['HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n'],
    gateway502,
  ),
  back(
    45,
    'two different Content-Length from the origin: 502',
    ['HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok!'],
    gateway502,
  ),
  back(46, 'an origin that does not speak HTTP: 502', ['SSH-2.0-OpenSSH\r\n\r\n', 'FIN'], gateway502),
  back(46, 'a bad status line: 502', ['HTTP/1.1 abc OK\r\nContent-Length: 0\r\n\r\n', 'FIN'], gateway502),
  back(
    47,
    'a response head of 300 KB: 502',
    [`HTTP/1.1 200 OK\r\nX-A: ${'a'.repeat(300_000)}\r\nContent-Length: 0\r\n\r\n`],
    gateway502,
  ),
  back(48, 'a body cut short by FIN is never shown as complete', [`${length(10)}hello`, 'FIN'], incomplete, {
    responses: 0,
  }),
  back(48, 'a body cut short by RST is never shown as complete', [`${length(10)}hello`, 'RESET'], incomplete, {
    responses: 0,
  }),
  back(48, 'chunks without their end are never shown as complete', [`${chunked()}5\r\nhello\r\n`, 'FIN'], incomplete, {
    responses: 0,
  }),
  back(
    48,
    'a malformed chunk from the origin is never shown as complete',
    [`${chunked()}5\r\nhello\r\nxyz\r\n`],
    incomplete,
    { responses: 0 },
  ),
  back(
    49,
    'bytes after a response do not answer the next request',
    [`${length(2)}okHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil`],
    (seen) => (seen.responses.some(({ body }) => body === 'evil') ? 'they do' : undefined),
    { send: get('/1') + get('/2'), responses: 2 },
  ),
  {
    rule: 50,
    what: '100 Continue comes once, the body arrives',
    send: post(EXPECT, ''),
    later: 'hello',
    answer: ['HTTP/1.1 100 Continue\r\n\r\n', `${length(2)}ok`],
    judge: answered((_response, { interim }) => (interim.length <= 1 ? undefined : `${interim.length} times`)),
  },
  {
    rule: 50,
    what: 'a 413 instead of 100 is relayed',
    send: post(EXPECT, ''),
    answer: ['HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n'],
    judge: answered(({ status }) => (status === 413 ? undefined : String(status))),
  },
  back(51, '103 is relayed to HTTP/1.1', [`HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${length(2)}ok`], (seen) => {
    if (seen.responses[0]?.status !== 200) return shown(seen);
    return seen.interim.includes(103) ? undefined : 'not relayed';
  }),
  {
    ...back(51, '103 is not relayed to HTTP/1.0', [`HTTP/1.1 103 Early Hints\r\n\r\n${length(2)}ok`], (seen) => {
      if (seen.interim.includes(103)) return 'relayed';
      return seen.responses[0]?.status === 200 ? undefined : shown(seen);
    }),
    send: 'GET / HTTP/1.0\r\nHost: localhost\r\n\r\n',
  },
  back(
    52,
    'response trailers reach a client that takes them',
    [`${chunked('Trailer: X-T\r\n')}2\r\nok\r\n0\r\nX-T: 1\r\n\r\n`],
    answered(({ trailers }) => (/x-t: 1/i.test(trailers) ? undefined : 'lost')),
    { send: get('/', 'TE: trailers\r\nConnection: TE\r\n') },
  ),
  back(
    53,
    'an HTTP/1.0 client gets no chunks',
    [`${chunked()}2\r\nok\r\n0\r\n\r\n`],
    answered((response, { over }) => {
      if (response.fields.has('transfer-encoding')) return 'chunks';
      return response.body === 'ok' && (over === 'end' || response.fields.has('content-length'))
        ? undefined
        : 'not closed';
    }),
    { send: 'GET / HTTP/1.0\r\nHost: localhost\r\n\r\n' },
  ),
  back(
    53,
    'a body that ends by closing reaches an HTTP/1.1 client whole',
    ['HTTP/1.0 200 OK\r\n\r\nhello', 'FIN'],
    answered(({ body, complete }) => (body === 'hello' && complete ? undefined : 'not whole')),
  ),
  {
    rule: 55,
    what: 'an early answer during an upload is delivered',
    send: post('Content-Length: 1000000\r\n', 'x'.repeat(1000)),
    answer: ['HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n'],
    judge: answered(({ status }) => (status === 403 ? undefined : String(status))),
  },
  {
    rule: 58,
    what: 'WebSocket: 101 is relayed, with the bytes behind it',
    send: get('/', UPGRADE),
    answer: [`${SWITCHED}\x81\x02hi`],
    until: '\x81\x02hi',
    judge: answered((response, { received }) => {
      if (response.status !== 101) return String(response.status);
      if (values(response, 'sec-websocket-accept').join() !== 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=') return 'another Accept';
      return received.endsWith('\x81\x02hi') ? undefined : 'bytes lost';
    }),
  },
  {
    rule: 58,
    what: 'a refused upgrade reaches the client',
    send: get('/', UPGRADE),
    answer: ['HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno'],
    judge: answered(({ status, body }) => (status === 403 && body === 'no' ? undefined : String(status))),
  },
  {
    rule: 61,
    what: 'a POST is not sent twice after a reset',
    send: post('Content-Length: 5\r\n', 'hello'),
    answer: ['RESET'],
    judge: (seen) => {
      if (seen.requests.length > 1) return `sent ${seen.requests.length} times`;
      const [response] = seen.responses;
      return response && response.status >= 500 ? undefined : shown(seen);
    },
  },
  {
    rule: 65,
    what: "the proxy's own errors are problem+json",
    send: get('/'),
    answer: ['RESET'],
    judge: answered((response) =>
      values(response, 'content-type').join().startsWith('application/problem+json') ? undefined : 'other',
    ),
  },
  {
    rule: 66,
    what: "the proxy's own errors say Proxy-Status",
    send: get('/'),
    answer: ['RESET'],
    judge: answered(({ fields }) => (fields.has('proxy-status') ? undefined : 'no')),
  },
  {
    rule: 31,
    what: 'Keep-Alive and Proxy-Authenticate of a response are removed',
    send: get('/'),
    answer: ['HTTP/1.1 200 OK\r\nKeep-Alive: timeout=5\r\nProxy-Authenticate: Basic\r\nContent-Length: 2\r\n\r\nok'],
    judge: answered(({ fields }) => {
      const kept = ['keep-alive', 'proxy-authenticate'].filter((name) => fields.has(name));
      return kept.length === 0 ? undefined : `forwarded ${kept.join(', ')}`;
    }),
  },
  {
    rule: 42,
    what: 'a body of known length is not turned into chunks',
    send: post('Content-Length: 5\r\n', 'hello'),
    judge: forwarded((request) =>
      values(request, 'content-length').join() === '5' && !request.fields.has('transfer-encoding')
        ? undefined
        : 'it is',
    ),
  },
];
