/** Takes what went over a wire apart, leniently: it has to show what proxies do wrong, too. Pure. */
import type { SeenMessage, SeenRequest, SeenResponse } from './case.ts';

interface Body {
  readonly body: string;
  readonly trailers: string;
  readonly end: number;
  readonly complete: boolean;
}

export function readRequests(text: string): SeenRequest[] {
  const requests: SeenRequest[] = [];
  for (let at = 0; ; ) {
    const stop = text.indexOf('\r\n\r\n', at);
    if (stop === -1) return requests;
    const head = headOf(text.slice(at, stop));
    const [method = '', target = ''] = head.line.split(' ');
    const { body, trailers, end, complete } = readBody(text, stop + 4, head, 'none');
    if (!complete) return requests;
    requests.push({ ...head, body, trailers, method, target, raw: text.slice(at, end) });
    at = end;
  }
}

/** @param isHead whether it answers HEAD; asked of each response, with what follows its head, where they differ */
export function readResponses(
  text: string,
  isHead: boolean | ((head: string, rest: string) => boolean),
  isOver: boolean,
): { readonly responses: SeenResponse[]; readonly interim: number[] } {
  const responses: SeenResponse[] = [];
  const interim: number[] = [];
  for (let at = 0; ; ) {
    const stop = text.indexOf('\r\n\r\n', at);
    if (stop === -1) return { responses, interim };
    const head = headOf(text.slice(at, stop));
    const status = Number(head.line.slice(9, 12)) || 0;
    if (status >= 100 && status < 200 && status !== 101) {
      interim.push(status);
      at = stop + 4;
      continue;
    }
    const toHead = typeof isHead === 'boolean' ? isHead : isHead(head.head, text.slice(stop + 4));
    const bare = toHead || status === 204 || status === 304 || status === 101;
    const rest: Body = bare
      ? { body: '', trailers: '', end: stop + 4, complete: true }
      : readBody(text, stop + 4, head, isOver ? 'close-is-the-end' : 'open');
    const { body, trailers, end, complete } = rest;
    responses.push({ ...head, status, body, trailers, complete });
    if (!complete || status === 101) return { responses, interim };
    at = end;
  }
}

function headOf(head: string): Pick<SeenMessage, 'line' | 'fields' | 'head'> {
  const [line = '', ...lines] = head.split('\r\n');
  const fields = new Map<string, string[]>();
  for (const text of lines) {
    const colon = text.indexOf(':');
    const name = text.slice(0, colon).toLowerCase();
    fields.set(name, [...(fields.get(name) ?? []), text.slice(colon + 1).trim()]);
  }
  return { line, fields, head };
}

function readBody(
  text: string,
  start: number,
  { fields }: Pick<SeenMessage, 'fields'>,
  unframed: 'none' | 'open' | 'close-is-the-end',
): Body {
  if (fields.get('transfer-encoding')?.[0]?.toLowerCase() === 'chunked') return readChunks(text, start);
  const length = fields.get('content-length')?.[0];
  if (length !== undefined) {
    const end = start + Number(length);
    return { body: text.slice(start, end), trailers: '', end, complete: text.length >= end };
  }
  if (unframed === 'none') return { body: '', trailers: '', end: start, complete: true };
  return { body: text.slice(start), trailers: '', end: text.length, complete: unframed === 'close-is-the-end' };
}

function readChunks(text: string, start: number): Body {
  let body = '';
  for (let at = start; ; ) {
    const line = text.indexOf('\r\n', at);
    const size = line === -1 ? Number.NaN : Number.parseInt(text.slice(at, line), 16);
    if (Number.isNaN(size)) return { body, trailers: '', end: text.length, complete: false };
    if (size === 0) {
      const stop = text.startsWith('\r\n', line + 2) ? line : text.indexOf('\r\n\r\n', line);
      if (stop === -1) return { body, trailers: '', end: text.length, complete: false };
      return { body, trailers: text.slice(line + 2, stop + 2), end: stop + 4, complete: true };
    }
    body += text.slice(line + 2, line + 2 + size);
    at = line + 4 + size;
    if (text.length < at) return { body, trailers: '', end: text.length, complete: false };
  }
}
