/** Rules 31-42, 71 and 72: what of a request goes on, and how (RFC 9110 7.6; RFC 7239; W3C Trace Context). */
import { answered, type Case, forwarded, get, OK, post, refused, type SeenRequest, values } from './case.ts';

function sent(rule: number, what: string, send: string, judge: (request: SeenRequest) => string | undefined): Case {
  return { rule, what, send, judge: forwarded(judge) };
}

/** The named fields did not get to the origin. */
function without(...names: readonly string[]) {
  return (request: SeenRequest): string | undefined => {
    const kept = names.filter((name) => request.fields.has(name));
    return kept.length === 0 ? undefined : `forwarded ${kept.join(', ')}`;
  };
}

const hopByHop: readonly [string, string][] = [
  ['keep-alive', 'timeout=5'],
  ['proxy-connection', 'keep-alive'],
  ['proxy-authorization', 'Basic eDp5'],
  ['te', 'gzip'],
];
const targets = ['//a/../b', '/a%2Fb', '/a;b=c', '/?a&&b=%zz', '/a%2e%2e/b'];
const parents: readonly [string, string][] = [
  ['all zero', '00-00000000000000000000000000000000-0000000000000000-01'],
  ['version ff', 'ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'],
  ['too short', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b716920333-01'],
];
const PARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const VALID = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

export const FORWARDING: readonly Case[] = [
  sent(31, 'a request field named by Connection is removed', get('/', 'Connection: X-A\r\nX-A: 1\r\n'), without('x-a')),
  {
    rule: 31,
    what: 'a response field named by Connection is removed',
    send: get('/'),
    answer: ['HTTP/1.1 200 OK\r\nConnection: X-A\r\nX-A: 1\r\nContent-Length: 2\r\n\r\nok'],
    judge: answered(({ fields }) => (fields.has('x-a') ? 'forwarded' : undefined)),
  },
  ...hopByHop.map(([name, value]) => sent(32, `${name} is removed`, get('/', `${name}: ${value}\r\n`), without(name))),
  sent(
    33,
    'Authorization named in Connection is not deleted',
    get('/', 'Connection: Authorization\r\nAuthorization: Basic eDp5\r\n'),
    ({ fields }) => (fields.has('authorization') ? undefined : 'deleted'),
  ),
  sent(33, 'Host named in Connection is not deleted', get('/', 'Connection: Host\r\n'), ({ fields }) =>
    fields.has('host') ? undefined : 'deleted',
  ),
  sent(34, 'X-Forwarded-For of a client is not believed', get('/', 'X-Forwarded-For: 9.9.9.9\r\n'), (request) => {
    const found = values(request, 'x-forwarded-for').join(', ');
    return found === '127.0.0.1' ? undefined : found === '' ? 'none' : found;
  }),
  sent(34, 'X-Forwarded-Proto and -Host are set', get('/'), (request) =>
    ['x-forwarded-proto', 'x-forwarded-host'].every((name) => request.fields.has(name)) ? undefined : 'not set',
  ),
  sent(35, 'Forwarded is set', get('/'), ({ fields }) => (fields.has('forwarded') ? undefined : 'not set')),
  sent(36, 'Via is added to the request', get('/'), ({ fields }) => (fields.has('via') ? undefined : 'not added')),
  {
    rule: 36,
    what: 'Via is added to the response',
    send: get('/'),
    judge: answered(({ fields }) => (fields.has('via') ? undefined : 'not added')),
  },
  {
    rule: 37,
    what: 'a request that has come round 40 times is ended',
    send: get('/', `Via: ${Array.from({ length: 40 }, () => '1.1 msvc').join(', ')}\r\n`),
    judge: answered(({ status }) => (status === 508 || status === 502 ? undefined : `${status}`)),
  },
  {
    rule: 38,
    what: 'TRACE is not passed on',
    send: 'TRACE / HTTP/1.1\r\nHost: localhost\r\n\r\n',
    judge: (seen) => (seen.requests.length === 0 ? undefined : 'forwarded'),
  },
  {
    rule: 38,
    what: '`OPTIONS` with Max-Forwards 0 is answered by the proxy',
    send: 'OPTIONS / HTTP/1.1\r\nHost: localhost\r\nMax-Forwards: 0\r\n\r\n',
    judge: (seen) => (seen.requests.length === 0 ? undefined : 'forwarded'),
  },
  ...targets.map((target) =>
    sent(39, `the bytes of \`${target}\` are kept`, get(target), (request) =>
      request.target === target ? undefined : request.target,
    ),
  ),
  sent(40, 'repeated fields keep their order', get('/', 'X-A: 1\r\nX-B: 2\r\nX-A: 3\r\n'), (request) =>
    values(request, 'x-a').join(', ') === '1, 3' ? undefined : values(request, 'x-a').join(', '),
  ),
  {
    rule: 40,
    what: 'Set-Cookie is never merged',
    send: get('/'),
    answer: ['HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 2\r\n\r\nok'],
    judge: answered((response) => (values(response, 'set-cookie').length === 2 ? undefined : 'merged')),
  },
  ...['PROPFIND', 'PURGE', 'X-OWN'].map((method) =>
    sent(41, `the method ${method} passes`, `${method} / HTTP/1.1\r\nHost: localhost\r\n\r\n`, (request) =>
      request.method === method ? undefined : request.method,
    ),
  ),
  ...['GET', 'DELETE'].map((method) =>
    sent(
      41,
      `the body of a ${method} is kept`,
      `${method} / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello`,
      ({ body }) => (body === 'hello' ? undefined : 'lost'),
    ),
  ),
  sent(
    42,
    'no framing is invented for a request without body',
    get('/'),
    without('content-length', 'transfer-encoding'),
  ),
  sent(42, '`Content-Length: 0` is kept', post('Content-Length: 0\r\n', ''), (request) =>
    values(request, 'content-length').join() === '0' ? undefined : 'lost',
  ),
  {
    rule: 50,
    what: 'an unknown expectation: 417',
    send: get('/', 'Expect: wonders\r\n'),
    answer: [OK],
    judge: answered(({ status }, { requests }) => (status === 417 && requests.length === 0 ? undefined : `${status}`)),
  },
  sent(71, 'a trace begins where there is none', get('/'), (request) =>
    VALID.test(values(request, 'traceparent').join()) ? undefined : 'none',
  ),
  sent(71, 'a valid traceparent is continued', get('/', `traceparent: ${PARENT}\r\n`), (request) =>
    values(request, 'traceparent')[0]?.startsWith(PARENT.slice(0, 35)) ? undefined : 'changed',
  ),
  ...parents.map(([what, parent]) =>
    sent(71, `a traceparent that is ${what} is replaced`, get('/', `traceparent: ${parent}\r\n`), (request) => {
      const found = values(request, 'traceparent').join();
      return VALID.test(found) && found !== parent ? undefined : 'passed on';
    }),
  ),
  sent(
    72,
    'several tracestate lines are joined in order',
    get('/', `traceparent: ${PARENT}\r\ntracestate: a=1\r\ntracestate: b=2\r\n`),
    (request) =>
      values(request, 'tracestate').join(',').replaceAll(' ', '') === 'a=1,b=2'
        ? undefined
        : values(request, 'tracestate').join(','),
  ),
  {
    rule: 59,
    what: '`Upgrade: h2c` is ignored',
    send: get('/', 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n'),
    judge: forwarded((request, { responses }) => {
      if (responses[0]?.status !== 200) return String(responses[0]?.status ?? 'no answer');
      return request.fields.has('upgrade') ? 'forwarded' : undefined;
    }),
  },
  {
    rule: 28,
    what: 'a client that leaves in the middle of a head is forgotten',
    send: 'GET / HTTP/1.1\r\nHost: loc',
    leaves: true,
    responses: 0,
    judge: (seen) => (seen.requests.length > 0 ? 'forwarded' : refused(400, 408)(seen)),
  },
];
