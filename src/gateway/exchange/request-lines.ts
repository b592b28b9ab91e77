/** The head that goes to an instance: what was received, with what belongs to one hop exchanged. Written once a request. */

import { withoutFields } from '../http/fields.ts';
import type { RequestHead } from '../http/request-head.ts';
import { changeFields } from '../routes/compiled-route.ts';
import { reservedLines } from '../stages/auth.ts';
import type { Passage } from '../stages/stage.ts';
import { freshIdLines, randomUuid } from '../trace/random-ids.ts';
import { traceLines } from '../trace/trace-context.ts';
import type { ClientSide } from './client-side.ts';
import { continuedForwarded, isForwarded } from './forwarded.ts';

/** A header modifier of the route has the last word, over what the gateway itself says too. */
export function requestLines(client: ClientSide, passage: Passage): string {
  const lines = wholeHead(client, passage);
  const change = passage.rule?.requestHeaders;
  if (!change) return lines;
  const fieldsStart = lines.indexOf('\n') + 1;
  return `${lines.slice(0, fieldsStart)}${changeFields(lines.slice(fieldsStart, -2), change)}\r\n`;
}

/** In as few pieces as can be: joining strings is what a head costs. */
function wholeHead(client: ClientSide, passage: Passage): string {
  const { head, listener } = client;
  let lines = isSentAsItCame(head, passage) ? head.lines : rewritten(client, passage);
  const own = ownLines(head) + passage.claimLines;
  if (own !== '') lines += own;
  const host = head.host || listener.host;
  lines +=
    listener.isEdge && isForwarded(head)
      ? listener.via(client.version) + continuedForwarded(head, client.peer, host, listener.spec.port)
      : client.hop.of(client.version, host);
  if (head.requestId === '' && head.traceparent === '') return lines + freshIdLines();
  if (head.requestId === '') lines += `X-Request-Id: ${randomUuid()}\r\n`;
  return `${lines}${traceLines(head.traceparent, head.tracestate)}\r\n`;
}

function isSentAsItCame(head: RequestHead, { target, rule, matcher, listener }: Passage): boolean {
  return (
    target === null &&
    !head.lineMoved &&
    !head.hostMoved &&
    head.nominated === null &&
    reservedLines(matcher, listener) === null &&
    rule?.rewrite?.hostname === undefined
  );
}

function rewritten({ head, listener }: ClientSide, { target, rule, matcher }: Passage): string {
  const line =
    target === null && !head.lineMoved
      ? head.lines.slice(0, head.fieldsStart)
      : `${head.method} ${target ?? head.target} HTTP/1.1\r\n`;
  let { fields } = head;
  if (head.nominated !== null) fields = withoutFields(fields, new Set(head.nominated));
  const reserved = reservedLines(matcher, listener);
  if (reserved !== null) fields = fields.replace(reserved, '');
  const hostname = rule?.rewrite?.hostname;
  if (hostname !== undefined || head.hostMoved) {
    const kept = withoutFields(fields, HOST_ONLY);
    // An HTTP/1.0 client need not name a host.
    fields = `Host: ${hostname ?? (head.host || `${listener.host}:${listener.spec.port}`)}\r\n${kept}`;
  }
  return line + fields;
}

/** What of this hop the next one has to be told. */
function ownLines(head: RequestHead): string {
  let lines = '';
  if (head.chunked) lines += 'Transfer-Encoding: chunked\r\n';
  if (head.webSocket) lines += 'Connection: Upgrade\r\nUpgrade: websocket\r\n';
  else if (head.teTrailers) lines += 'Connection: TE\r\nTE: trailers\r\n';
  if (head.expectContinue) lines += 'Expect: 100-continue\r\n';
  if (head.maxForwards > 0) lines += `Max-Forwards: ${head.maxForwards - 1}\r\n`;
  return lines;
}

const HOST_ONLY: ReadonlySet<string> = new Set(['host']);
