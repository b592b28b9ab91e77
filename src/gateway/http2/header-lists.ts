/** Between the text of HTTP/1.1 heads and the header lists of HTTP/2 (RFC 9113 8). Pure. */
import type { OutgoingHttpHeaders } from 'node:http2';
import { eachField, fieldValue } from '../http/fields.ts';

/** Belong to one HTTP/1.1 connection (RFC 9113 8.2.2). TE has one value there, which `requestList` gives. */
const CONNECTION_FIELDS = new Set([
  'connection',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
]);
/** What clients read line by line: the first by its own rule (RFC 9110 5.3), the others because they hold commas. */
const LINE_BY_LINE = new Set(['set-cookie', 'www-authenticate', 'proxy-authenticate']);

/** The fields of a block of lines. Repeated ones are combined (RFC 9110 5.3): Node throws at two lines of some. */
export function headerList(lines: string): OutgoingHttpHeaders {
  const list: OutgoingHttpHeaders = Object.create(null);
  eachField(lines, (name, value) => {
    if (CONNECTION_FIELDS.has(name)) return;
    const found = list[name];
    if (found === undefined) list[name] = value;
    else if (LINE_BY_LINE.has(name)) list[name] = [found, value].flat() as string[];
    else list[name] = `${found}, ${value}`;
  });
  return list;
}

/** Of a request that the gateway sends. Host becomes `:authority`. */
export function requestList(head: string): OutgoingHttpHeaders {
  const end = head.indexOf('\r\n');
  const [method = '', target = ''] = head.slice(0, end).split(' ');
  const lines = head.slice(end + 2);
  const { host, expect: _expect, ...fields } = headerList(lines);
  return {
    ':method': method,
    ':path': target,
    ':scheme': 'http',
    ':authority': String(host ?? ''),
    ...fields,
    // gRPC asks for it; RFC 9113 allows nothing else.
    ...(fieldValue(lines, 'te') === undefined ? {} : { te: 'trailers' }),
  };
}

export interface Text {
  readonly head: string;
  readonly isChunked: boolean;
}

/** Field lines that `requestText` adds at most to those that were received. */
export const ADDED_LINES = 2;

/** A request that came as a header list, as the head of HTTP/1.1. @param isLast it has no body */
export function requestText(raw: readonly string[], isLast: boolean): Text {
  const pseudo = new Map<string, string>();
  for (let i = 0; i + 1 < raw.length; i += 2) if (raw[i]!.startsWith(':')) pseudo.set(raw[i]!, raw[i + 1]!);
  const lines = fieldLines(raw);
  const authority = pseudo.get(':authority');
  const host = authority === undefined ? '' : `host: ${authority}\r\n`;
  const rest = authority === undefined ? lines : lines.replace(/^host:[^\r]*\r\n/m, '');
  const isChunked = !isLast && !/^content-length:/m.test(lines);
  const line = `${pseudo.get(':method')} ${pseudo.get(':path') ?? authority ?? ''} HTTP/1.1\r\n`;
  // A client of HTTP/2 takes trailers without saying so.
  const te = /^te:/m.test(lines) ? '' : 'te: trailers\r\n';
  return { head: `${line}${host}${rest}${te}${isChunked ? 'transfer-encoding: chunked\r\n' : ''}\r\n`, isChunked };
}

/** A response that came as a header list. @param isLast it has no body */
export function responseText(raw: readonly string[], status: number, isLast: boolean): Text {
  const lines = fieldLines(raw);
  const hasLength = /^content-length:/m.test(lines);
  const isChunked = !isLast && !hasLength && status !== 204 && status !== 304;
  const framing = isChunked ? 'transfer-encoding: chunked\r\n' : isLast && !hasLength ? 'content-length: 0\r\n' : '';
  // One stream, one request: its virtual connection is not used again.
  return { head: `HTTP/1.1 ${status} \r\n${lines}${framing}connection: close\r\n\r\n`, isChunked };
}

/** Field lines of what Node calls raw headers, pseudo ones left out. */
export function fieldLines(raw: readonly string[]): string {
  let lines = '';
  let cookie = '';
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i]!;
    if (name.startsWith(':')) continue;
    // RFC 9113 8.2.3: cookie crumbs are one field again.
    if (name === 'cookie') cookie = cookie === '' ? raw[i + 1]! : `${cookie}; ${raw[i + 1]}`;
    else lines += `${name}: ${raw[i + 1]}\r\n`;
  }
  return cookie === '' ? lines : `${lines}cookie: ${cookie}\r\n`;
}
