// msvc:if calls
/** W3C Trace Context: a run begins a trace, and every call of it is a span of that. */
import { randomBytes, randomUUID } from 'node:crypto';

export function newTrace() {
  return { traceId: randomBytes(16).toString('hex'), requestId: randomUUID() };
}

/** The headers of an outgoing call. */
export function traceHeaders({ traceId, requestId }) {
  return { traceparent: `00-${traceId}-${randomBytes(8).toString('hex')}-01`, 'x-request-id': requestId };
}
// msvc:end
