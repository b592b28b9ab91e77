/** The head that goes to an instance: what was received, with what belongs to one hop exchanged. Written once a request. */

import { withoutFields } from '../http/fields.ts';
import { changeFields } from '../routes/compiled-route.ts';
import type { Passage } from '../stages/stage.ts';
import { randomUuid } from '../trace/random-ids.ts';
import { traceLines } from '../trace/trace-context.ts';
import type { ClientSide } from './client-side.ts';
import { continuedForwarded } from './forwarded.ts';

export function requestLines(client: ClientSide, { target, compiled, reservedLines, claimLines }: Passage): string {
  const { head, listener } = client;
  const line =
    target === null && !head.lineMoved
      ? head.text.slice(0, head.fieldsStart)
      : `${head.method} ${target ?? head.target} HTTP/1.1\r\n`;
  let fields = head.fields;
  if (head.nominated !== null) fields = withoutFields(fields, new Set(head.nominated));
  if (reservedLines !== null) fields = fields.replace(reservedLines, '');
  const hostname = compiled?.rewrite?.hostname;
  if (hostname !== undefined || head.hostMoved) {
    const kept = withoutFields(fields, HOST_ONLY);
    // An HTTP/1.0 client need not name a host.
    fields = `Host: ${hostname ?? (head.host || `${listener.host}:${listener.spec.port}`)}\r\n${kept}`;
  }
  if (compiled?.requestHeaders) fields = changeFields(fields, compiled.requestHeaders);
  let hop = claimLines;
  if (head.chunked) hop += 'Transfer-Encoding: chunked\r\n';
  if (head.webSocket) hop += 'Connection: Upgrade\r\nUpgrade: websocket\r\n';
  else if (head.teTrailers) hop += 'Connection: TE\r\nTE: trailers\r\n';
  if (head.expectContinue) hop += 'Expect: 100-continue\r\n';
  if (head.maxForwards > 0) hop += `Max-Forwards: ${head.maxForwards - 1}\r\n`;
  if (head.requestId === '') hop += `X-Request-Id: ${randomUuid()}\r\n`;
  const host = head.host || listener.host;
  const forwarded = listener.isEdge
    ? continuedForwarded(head, client.peer, host, listener.spec.port)
    : client.forwardedLines(host);
  return `${line}${fields}${hop}Via: 1.${head.minor} ${listener.pseudonym}\r\n${forwarded}${traceLines(head.traceparent, head.tracestate)}\r\n`;
}

const HOST_ONLY: ReadonlySet<string> = new Set(['host']);
