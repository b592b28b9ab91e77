/** Rules 1-30: what a request must be made of (RFC 9112; RFC 9110 5, 7, 8). */
import { answered, type Case, forwarded, get, OK, post, refused, shown, values } from './case.ts';

/** A request behind the bad one, which nobody may read. */
const NEXT = get('/next');
const CHUNKED = 'Transfer-Encoding: chunked\r\n';

function bad(rule: number, what: string, send: string, ...statuses: readonly number[]): Case {
  return { rule, what, send: send + NEXT, responses: 0, judge: refused(400, ...statuses) };
}

const hosts: readonly [string, string][] = [
  ['userinfo', 'u@localhost'],
  ['a path', 'localhost/x'],
  ['a comma', 'a,b'],
  ['a space', 'a b'],
  ['nothing', ''],
];
const lengths = ['+5', '-1', '0x5', '5 5', '', '18446744073709551616'];
const codings = ['xchunked', 'chunked, gzip', 'chunked, chunked', 'chun ked', '', '"chunked"'];
const chunks: readonly [string, string][] = [
  ['a sign', '+3\r\nabc\r\n0\r\n\r\n'],
  ['a hex prefix', '0x3\r\nabc\r\n0\r\n\r\n'],
  ['an underscore', '0_3\r\nabc\r\n0\r\n\r\n'],
  ['17 digits', '00000000000000003\r\nabc\r\n0\r\n\r\n'],
  ['no CRLF after its data', '3\r\nabcde\r\n0\r\n\r\n'],
  ['a negative size', '-3\r\nabc\r\n0\r\n\r\n'],
  ['a space after its size', '3 \r\nabc\r\n0\r\n\r\n'],
  ['LF for its line end', '3\nabc\r\n0\r\n\r\n'],
];
const lines: readonly [string, string, number][] = [
  ['a tab in it', 'GET\t/ HTTP/1.1', 400],
  ['two spaces', 'GET  / HTTP/1.1', 400],
  ['lower-case http', 'GET / http/1.1', 400],
  ['version 2.0', 'GET / HTTP/2.0', 505],
  ['version 1.2', 'GET / HTTP/1.2', 505],
  ['version 3.9', 'GET / HTTP/3.9', 505],
];

export const REQUESTS: readonly Case[] = [
  bad(1, 'HTTP/1.1 without Host', 'GET / HTTP/1.1\r\n\r\n'),
  bad(2, 'two different Host lines', 'GET / HTTP/1.1\r\nHost: localhost\r\nHost: b\r\n\r\n'),
  bad(3, 'two identical Host lines', 'GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n'),
  ...hosts.map(([what, host]) => bad(4, `${what} in Host`, `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`)),
  {
    rule: 5,
    what: 'absolute-form: the authority of the URI wins',
    send: 'GET http://localhost:81/p?q HTTP/1.1\r\nHost: other.localhost\r\n\r\n',
    judge: forwarded((request) => {
      if (request.target !== '/p?q') return `target ${request.target}`;
      return values(request, 'host').join() === 'localhost:81' ? undefined : `Host ${values(request, 'host').join()}`;
    }),
  },
  {
    rule: 6,
    what: '`OPTIONS *` is accepted',
    send: 'OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n',
    judge: answered(({ status }) => (status < 300 ? undefined : String(status))),
  },
  bad(6, '`GET *`', 'GET * HTTP/1.1\r\nHost: localhost\r\n\r\n'),
  bad(7, 'CONNECT is not passed on', 'CONNECT localhost:80 HTTP/1.1\r\nHost: localhost:80\r\n\r\n', 405, 501),
  bad(8, 'authority-form with GET', 'GET localhost:80 HTTP/1.1\r\nHost: localhost\r\n\r\n'),
  bad(9, 'Content-Length with Transfer-Encoding', post(`Content-Length: 5\r\n${CHUNKED}`, '0\r\n\r\n')),
  bad(10, 'two different Content-Length', post('Content-Length: 5\r\nContent-Length: 6\r\n', 'hello!')),
  bad(11, 'Content-Length twice', post('Content-Length: 5\r\nContent-Length: 5\r\n', 'hello')),
  bad(11, 'Content-Length `5, 5`', post('Content-Length: 5, 5\r\n', 'hello')),
  ...lengths.map((value) => bad(12, `Content-Length \`${value}\``, post(`Content-Length: ${value}\r\n`, 'hello'))),
  ...codings.map((value) =>
    bad(13, `Transfer-Encoding \`${value}\``, post(`Transfer-Encoding: ${value}\r\n`, '0\r\n\r\n'), 501),
  ),
  bad(14, 'Transfer-Encoding in HTTP/1.0', `POST / HTTP/1.0\r\nHost: localhost\r\n${CHUNKED}\r\n0\r\n\r\n`),
  bad(15, 'a space before the colon', post('Transfer-Encoding : chunked\r\n', '0\r\n\r\n')),
  bad(16, 'a folded field line', get('/', 'X-A: 1\r\n 2\r\n')),
  bad(17, 'a field line without colon', get('/', 'X-A\r\n')),
  bad(18, 'an empty field name', get('/', ': 1\r\n')),
  bad(18, 'a field name that is no token', get('/', 'X(A): 1\r\n')),
  bad(19, 'NUL in a value', get('/', 'X-A: a\0b\r\n')),
  bad(19, 'a bare CR in a value', get('/', 'X-A: a\rb\r\n')),
  bad(19, 'a control character in a value', get('/', 'X-A: a\x01b\r\n')),
  bad(20, 'a bare LF for a line end', 'GET / HTTP/1.1\nHost: localhost\n\n'),
  {
    rule: 21,
    what: 'an empty line before the request line is passed over',
    send: `\r\n${get('/')}`,
    judge: answered(({ status }) => (status === 200 ? undefined : String(status))),
  },
  {
    rule: 22,
    what: 'obs-text in a value goes on byte for byte',
    send: get('/', 'X-A: caf\xe9\r\n'),
    judge: forwarded((request) => (values(request, 'x-a')[0] === 'caf\xe9' ? undefined : 'changed')),
  },
  ...chunks.map(([what, body]): Case => {
    const send = post(CHUNKED, body) + NEXT;
    return {
      rule: 23,
      what: `a chunk with ${what}`,
      send,
      responses: 0,
      judge: (seen) => {
        if (seen.requests.length > 0) return 'forwarded';
        if (seen.responses.some(({ status }) => status === 200)) return '200';
        return seen.over === 'open' ? 'not closed' : undefined;
      },
    };
  }),
  {
    rule: 24,
    what: 'a malformed chunk extension',
    send: post(CHUNKED, '3;=\r\nabc\r\n0\r\n\r\n') + NEXT,
    responses: 0,
    judge: (seen) => (seen.requests.length > 0 ? 'forwarded' : seen.over === 'open' ? 'not closed' : undefined),
  },
  {
    rule: 24,
    what: 'a good chunk extension is dropped',
    send: post(CHUNKED, '3;a="b;c"\r\nabc\r\n0\r\n\r\n'),
    judge: forwarded(({ body, raw }) => (body === 'abc' && !raw.includes(';a=') ? undefined : 'forwarded')),
  },
  {
    rule: 25,
    what: 'trailers named Content-Length and Host are never merged',
    send: post(CHUNKED, '3\r\nabc\r\n0\r\nContent-Length: 9\r\nHost: evil\r\n\r\n'),
    judge: (seen) => {
      const [request] = seen.requests;
      if (!request) return seen.responses[0]?.status === 400 ? undefined : shown(seen);
      return /evil/.test(request.raw) ? 'forwarded' : undefined;
    },
  },
  ...lines.map(([what, line, status]) =>
    bad(26, `a request line with ${what}`, `${line}\r\nHost: localhost\r\n\r\n`, status),
  ),
  {
    rule: 27,
    what: 'a head of 300 KB: 431',
    send: get('/', `X-A: ${'a'.repeat(300_000)}\r\n`),
    responses: 0,
    judge: (seen) =>
      seen.requests.length > 0 ? 'forwarded' : seen.responses[0]?.status === 431 ? undefined : shown(seen),
  },
  {
    rule: 27,
    what: 'a target of 100 KB: 414',
    send: get(`/${'a'.repeat(100_000)}`),
    responses: 0,
    judge: (seen) =>
      seen.requests.length > 0 ? 'forwarded' : seen.responses[0]?.status === 414 ? undefined : shown(seen),
  },
  {
    rule: 29,
    what: 'pipelined requests are answered in order',
    send: ['/1', '/2', '/3'].map((path) => get(path)).join(''),
    responses: 3,
    judge: (seen) => {
      if (seen.responses.length !== 3) return `${seen.responses.length} of 3`;
      return seen.requests.map(({ target }) => target).join() === '/1,/2,/3' ? undefined : 'another order';
    },
  },
  {
    rule: 30,
    what: 'a request inside a chunked body stays inside',
    send: post(CHUNKED, `${get('/inner').length.toString(16)}\r\n${get('/inner')}\r\n0\r\n\r\n`),
    answer: [OK],
    judge: forwarded(({ body }, { requests }) =>
      requests.length === 1 && body === get('/inner') ? undefined : `${requests.length} requests`,
    ),
  },
];
