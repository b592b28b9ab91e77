/** The head that goes to an instance: what was received, with what belongs to one hop exchanged. Written once a request. */

import { withoutFields } from '../http/fields.ts';
import type { RequestHead } from '../http/request-head.ts';
import { type CompiledRoute, changeFields } from '../routes/compiled-route.ts';
import { randomUuid } from '../trace/random-ids.ts';
import { traceLines } from '../trace/trace-context.ts';

export interface Outgoing {
  /** Path and query when a rewrite changed them, else null. */
  readonly target: string | null;
  readonly compiled: CompiledRoute | null;
  /** X-Forwarded-* and Forwarded. */
  readonly forwarded: string;
  readonly pseudonym: string;
  /** The address to name when an HTTP/1.0 client gave no Host. */
  readonly fallbackHost: string;
}

export function requestLines(head: RequestHead, out: Outgoing): string {
  const line =
    out.target === null && !head.lineMoved
      ? head.text.slice(0, head.fieldsStart)
      : `${head.method} ${out.target ?? head.target} HTTP/1.1\r\n`;
  let fields = head.fields;
  if (head.nominated !== null) fields = withoutFields(fields, new Set(head.nominated));
  const hostname = out.compiled?.rewrite?.hostname;
  if (hostname !== undefined || head.hostMoved) {
    const kept = withoutFields(fields, HOST_ONLY);
    fields = `Host: ${hostname ?? (head.host || out.fallbackHost)}\r\n${kept}`;
  }
  if (out.compiled?.requestHeaders) fields = changeFields(fields, out.compiled.requestHeaders);
  let hop = '';
  if (head.chunked) hop += 'Transfer-Encoding: chunked\r\n';
  if (head.webSocket) hop += 'Connection: Upgrade\r\nUpgrade: websocket\r\n';
  else if (head.teTrailers) hop += 'Connection: TE\r\nTE: trailers\r\n';
  if (head.expectContinue) hop += 'Expect: 100-continue\r\n';
  if (head.maxForwards > 0) hop += `Max-Forwards: ${head.maxForwards - 1}\r\n`;
  if (head.requestId === '') hop += `X-Request-Id: ${randomUuid()}\r\n`;
  return `${line}${fields}${hop}Via: 1.${head.minor} ${out.pseudonym}\r\n${out.forwarded}${traceLines(head.traceparent, head.tracestate)}\r\n`;
}

const HOST_ONLY: ReadonlySet<string> = new Set(['host']);
