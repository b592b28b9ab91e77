/**
 * Messages that are nearly right: requests and responses put together from parts of which some are wrong, then cut,
 * doubled and stained. The same seed gives the same bytes.
 */
import type { Random } from '../long/random.ts';

/** Stands in every place where a second request is hidden; no server may ever see it as a target. */
export const HIDDEN = '/hidden';

const HIDDEN_REQUEST = `GET ${HIDDEN} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
const METHODS = [
  'GET',
  'GET',
  'POST',
  'PUT',
  'HEAD',
  'DELETE',
  'OPTIONS',
  'PATCH',
  'PROPFIND',
  'TRACE',
  'CONNECT',
  'get',
  'G T',
  '',
];
const TARGETS = [
  '/',
  '/',
  '/a?b=c',
  '/%2e%2e/x',
  '//x/../y',
  '*',
  'http://localhost/x',
  'http://u@h/',
  'localhost:80',
  '/\xff',
  '/#',
  '',
];
const VERSIONS = ['HTTP/1.1', 'HTTP/1.1', 'HTTP/1.1', 'HTTP/1.0', 'HTTP/2.0', 'HTTP/1.2', 'http/1.1', 'HTTP/1.1 ', ''];
const LINES = [
  'Host: localhost',
  'Host: localhost',
  'Host: b',
  'Host:',
  'X-A: 1',
  'X-A:\t\xe9\xff',
  'X_A: 1',
  ' folded',
  'no colon',
  ': empty',
  'X-A: a\rb',
  'X-A: a\0b',
  'Connection: close',
  'Connection: keep-alive',
  'Connection: x-a, te, upgrade',
  'Connection: "',
  'Upgrade: websocket',
  'Upgrade: h2c',
  'Expect: 100-continue',
  'Expect: more',
  'TE: trailers',
  'Trailer: X-T',
  'Via: 1.1 msvc',
  'Max-Forwards: 0',
  'Content-Length: 5',
  'Content-Length: 0',
  'Content-Length: 05',
  'Content-Length: +5',
  'Content-Length: 5, 5',
  'Content-Length: 99999999999999999999',
  'Content_Length: 9',
  'Transfer-Encoding: chunked',
  'Transfer-Encoding: chunked ',
  'Transfer-Encoding:\x0bchunked',
  'Transfer-Encoding: gzip, chunked',
  'Transfer-Encoding: identity',
  'Transfer-Encoding : chunked',
  'traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  'Forwarded: for="[::1]"',
  `X-Long: ${'x'.repeat(300)}`,
];
const CHUNKS = [
  '5\r\nhello\r\n',
  '5;a=b\r\nhello\r\n',
  '5;a="b;\\""\r\nhello\r\n',
  '05\r\nhello\r\n',
  '5 \r\nhello\r\n',
  '+5\r\nhello\r\n',
  '5\nhello\n',
  '5\r\nhelloX\r\n',
  'fffffffffffffffff\r\n',
  `${HIDDEN_REQUEST.length.toString(16)}\r\n${HIDDEN_REQUEST}\r\n`,
];
const ENDS = [
  '0\r\n\r\n',
  '0\r\n\r\n',
  '0\r\nX-T: 1\r\n\r\n',
  '0\r\nContent-Length: 9\r\n\r\n',
  '0\n\n',
  '00\r\n\r\n',
  '',
  '0\r\n',
];
const STAINS = ['\r', '\n', '\r\n', '\0', ' ', '\t', ':', '\xff', ';', '0', HIDDEN_REQUEST];
const STATUSES = [
  '200 OK',
  '200 OK',
  '204 No Content',
  '304 Not Modified',
  '103 Early Hints',
  '100 Continue',
  '101 Switching',
  '20 X',
  '999 \xff',
];

/** Mostly the first of a list, so that what is wrong is not wrong all over. */
function part(random: Random, list: readonly string[]): string {
  return random.below(3) > 0 ? list[0]! : random.of(list);
}

function body(random: Random): { readonly lines: string[]; readonly text: string } {
  const form = random.below(6);
  if (form < 2) return { lines: [], text: '' };
  if (form < 4) {
    const text = random.of(['hello', HIDDEN_REQUEST, '\r\n\r\n', 'x'.repeat(random.below(30_000))]);
    return { lines: [`Content-Length: ${text.length}`], text };
  }
  const chunks = Array.from({ length: random.below(4) }, () => part(random, CHUNKS)).join('');
  return { lines: ['Transfer-Encoding: chunked'], text: chunks + part(random, ENDS) };
}

function stained(random: Random, text: string): string {
  if (random.below(3) > 0) return text;
  let result = text;
  for (let i = random.below(3); i >= 0; i--) {
    const at = random.below(result.length + 1);
    const cut = random.below(4) === 0 ? random.below(20) : 0;
    result = result.slice(0, at) + (random.below(4) === 0 ? '' : random.of(STAINS)) + result.slice(at + cut);
  }
  return result;
}

function lines(random: Random, more: readonly string[]): string {
  const some = Array.from({ length: random.below(4) }, () => random.of(LINES));
  return [...more, ...some].map((line) => `${line}\r\n`).join('');
}

/** Up to four requests on one connection. `isClean`: none was cut or stained. */
export function requestBytes(random: Random): { readonly text: string; readonly isClean: boolean } {
  let isClean = true;
  const messages = Array.from({ length: 1 + random.below(4) }, () => {
    const { lines: framing, text } = body(random);
    const first = `${part(random, METHODS)} ${part(random, TARGETS)} ${part(random, VERSIONS)}`;
    const message = `${first}\r\n${lines(random, ['Host: localhost', ...framing])}\r\n${text}`;
    const result = stained(random, message);
    isClean &&= result === message;
    return result;
  });
  return { text: messages.join(''), isClean };
}

export function responseBytes(random: Random): string {
  const { lines: framing, text } = body(random);
  const interim = random.below(5) === 0 ? `HTTP/1.1 ${random.of(STATUSES)}\r\n\r\n` : '';
  const first = `${part(random, VERSIONS)} ${part(random, STATUSES)}`;
  return stained(random, `${interim}${first}\r\n${lines(random, framing)}\r\n${text}`);
}

/** The text in pieces, cut anywhere. */
export function pieces(random: Random, text: string): string[] {
  const count = random.below(5);
  const cuts = Array.from({ length: count }, () => random.below(text.length + 1)).sort((a, b) => a - b);
  return [...cuts, text.length].map((end, i) => text.slice(cuts[i - 1] ?? 0, end)).filter((piece) => piece !== '');
}
