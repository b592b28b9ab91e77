/**
 * W3C Trace Context and a request id: taken over from the caller when they are well-formed, begun here otherwise, and
 * passed on by `client.js`, so that one order can be followed through the logs of every service.
 */
import { randomBytes, randomUUID } from 'node:crypto';

const TRACEPARENT = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})$/;

export function traceOf(headers) {
  const [, traceId = randomBytes(16).toString('hex'), flags = '01'] = TRACEPARENT.exec(headers.traceparent ?? '') ?? [];
  return { traceId, flags, requestId: headers['x-request-id'] || randomUUID() };
}

/** The headers of an outgoing call: same trace, a span of its own. */
export function traceHeaders({ traceId, flags, requestId }) {
  const span = randomBytes(8).toString('hex');
  return { traceparent: `00-${traceId}-${span}-${flags}`, 'x-request-id': requestId };
}
