/**
 * W3C Trace Context and a request id: taken over from the caller when they are well-formed, begun here otherwise, written
 * to the log, and to be passed on with every call to another service.
 */
import { randomBytes, randomUUID } from 'node:crypto';

const TRACEPARENT = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})$/;

export interface Trace {
  readonly traceId: string;
  readonly flags: string;
  readonly tracestate: string | undefined;
  readonly requestId: string;
}

export function traceOf(header: (name: string) => string | undefined): Trace {
  const match = TRACEPARENT.exec(header('traceparent') ?? '');
  return {
    traceId: match?.[1] ?? randomBytes(16).toString('hex'),
    flags: match?.[2] ?? '01',
    tracestate: match ? header('tracestate') : undefined,
    requestId: header('x-request-id') || randomUUID(),
  };
}

/** The headers of an outgoing call: the same trace, a span of its own. */
export function traceHeaders({ traceId, flags, tracestate, requestId }: Trace): Record<string, string> {
  const span = randomBytes(8).toString('hex');
  return {
    traceparent: `00-${traceId}-${span}-${flags}`,
    'x-request-id': requestId,
    ...(tracestate && { tracestate }),
  };
}
