/**
 * W3C Trace Context and a request id: taken over from the caller when they are well-formed, begun here otherwise, and
// msvc:if calls
 * passed on by `peers.js`, so that one request can be followed through the logs of every service.
// msvc:end
// msvc:unless calls
 * written to the log. Pass `traceHeaders` on with every call to another service.
// msvc:end
 */
import { randomBytes, randomUUID } from 'node:crypto';

const TRACEPARENT = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})$/;

export function traceOf(headers) {
  const match = TRACEPARENT.exec(headers.traceparent ?? '');
  const [, traceId = randomBytes(16).toString('hex'), flags = '01'] = match ?? [];
  const tracestate = match ? headers.tracestate : undefined;
  return { traceId, flags, tracestate, requestId: headers['x-request-id'] || randomUUID() };
}

/** The headers of an outgoing call: the same trace, a span of its own. */
export function traceHeaders({ traceId, flags, tracestate, requestId }) {
  const span = randomBytes(8).toString('hex');
  return {
    traceparent: `00-${traceId}-${span}-${flags}`,
    ...(tracestate && { tracestate }),
    'x-request-id': requestId,
  };
}
