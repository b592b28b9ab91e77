/**
 * Every answer that the gateway makes itself, as a table: status, the title of its problem type (RFC 9457) and the
 * error type that Proxy-Status names (RFC 9209 2.3). Codes are stable: tests and scripts may match on them.
 */
import type { Flag } from '../../model/flags.ts';

export interface ProblemKind {
  readonly status: number;
  readonly title: string;
  readonly proxyError: string;
  readonly flag: Flag;
}

export const PROBLEMS = {
  'bad-request': { status: 400, title: 'The request is malformed', proxyError: 'http_request_error', flag: 'IR' },
  unauthorized: { status: 401, title: 'The route asks who you are', proxyError: 'http_request_denied', flag: 'UA' },
  forbidden: { status: 403, title: 'You may not use this route', proxyError: 'http_request_denied', flag: 'UA' },
  'origin-not-allowed': {
    status: 403,
    title: 'The route does not let pages of this origin in',
    proxyError: 'http_request_denied',
    flag: 'UA',
  },
  'cross-site': {
    status: 403,
    title: 'A web page of another site made this request',
    proxyError: 'http_request_denied',
    flag: 'UA',
  },
  'no-route': { status: 404, title: 'No route matches', proxyError: 'destination_not_found', flag: 'NR' },
  'method-not-allowed': {
    status: 405,
    title: 'The gateway does not pass this method on',
    proxyError: 'http_request_denied',
    flag: 'IR',
  },
  'request-timeout': {
    status: 408,
    title: 'The request took too long to arrive',
    proxyError: 'http_request_error',
    flag: 'IR',
  },
  'body-too-large': {
    status: 413,
    title: 'The request body is too large',
    proxyError: 'http_request_error',
    flag: 'IR',
  },
  'target-too-long': {
    status: 414,
    title: 'The request target is too long',
    proxyError: 'http_request_error',
    flag: 'IR',
  },
  'expectation-failed': {
    status: 417,
    title: 'The expectation is unknown',
    proxyError: 'http_request_error',
    flag: 'IR',
  },
  'unknown-host': {
    status: 421,
    title: 'The gateway does not answer for this host',
    proxyError: 'http_request_denied',
    flag: 'UA',
  },
  'head-too-large': {
    status: 431,
    title: 'The header fields are too large',
    proxyError: 'http_request_error',
    flag: 'IR',
  },
  'not-implemented': { status: 501, title: 'Not implemented', proxyError: 'http_request_error', flag: 'IR' },
  'upstream-reset': {
    status: 502,
    title: 'The service closed the connection',
    proxyError: 'connection_terminated',
    flag: 'UC',
  },
  'rate-limited': { status: 429, title: 'Too many requests', proxyError: 'http_request_denied', flag: 'RL' },
  'no-backend': {
    status: 500,
    title: 'The route sends requests nowhere',
    proxyError: 'proxy_configuration_error',
    flag: 'NR',
  },
  'bad-response': {
    status: 502,
    title: 'The service answered something that is not HTTP',
    proxyError: 'http_protocol_error',
    flag: 'UPE',
  },
  'response-head-too-large': {
    status: 502,
    title: 'The header fields of the answer are too large',
    proxyError: 'http_response_header_section_size',
    flag: 'UPE',
  },
  'connection-refused': {
    status: 503,
    title: 'The service refuses connections',
    proxyError: 'connection_refused',
    flag: 'UF',
  },
  'auth-unavailable': {
    status: 503,
    title: 'Who you are cannot be verified now',
    proxyError: 'proxy_internal_error',
    flag: 'UA',
  },
  'not-ready': {
    status: 503,
    title: 'The service did not become ready in time',
    proxyError: 'destination_unavailable',
    flag: 'UH',
  },
  'queue-full': {
    status: 503,
    title: 'Too many requests wait for the service',
    proxyError: 'connection_limit_reached',
    flag: 'OV',
  },
  'circuit-open': {
    status: 503,
    title: 'The circuit is open: too many requests failed lately',
    proxyError: 'destination_unavailable',
    flag: 'UO',
  },
  'limit-reached': {
    status: 503,
    title: 'Too many requests at once',
    proxyError: 'connection_limit_reached',
    flag: 'OV',
  },
  'deadline-over': {
    status: 504,
    title: 'The time for the whole request is over',
    proxyError: 'http_response_timeout',
    flag: 'DT',
  },
  stopped: { status: 503, title: 'The service is stopped', proxyError: 'destination_unavailable', flag: 'UH' },
  failed: { status: 503, title: 'The service has failed', proxyError: 'destination_unavailable', flag: 'UH' },
  'response-timeout': {
    status: 504,
    title: 'The service did not answer in time',
    proxyError: 'http_response_timeout',
    flag: 'UT',
  },
  'version-not-supported': {
    status: 505,
    title: 'The HTTP version is not supported',
    proxyError: 'http_request_error',
    flag: 'IR',
  },
  fault: {
    status: 503,
    title: 'A fault was injected here on purpose',
    proxyError: 'proxy_internal_response',
    flag: 'FI',
  },
  loop: { status: 508, title: 'The request goes in a circle', proxyError: 'proxy_loop_detected', flag: 'IR' },
} as const satisfies Record<string, ProblemKind>;

export type ProblemCode = keyof typeof PROBLEMS;

/** The problem of a request that could not even be read. */
export function problemOfStatus(status: number): ProblemCode {
  for (const [code, kind] of Object.entries(PROBLEMS)) if (kind.status === status) return code as ProblemCode;
  return 'bad-request';
}

/** One occurrence. */
export interface Problem {
  readonly code: ProblemCode;
  /** In place of its kind's. */
  readonly status?: number;
  /** Id of the fault that had a hand in it, and the edge it is on. */
  readonly fault?: string;
  readonly edge?: string;
  readonly detail?: string;
  readonly service?: string;
  /** Times that the request was sent to an instance. */
  readonly attempts?: number;
  /** Seconds. */
  readonly retryAfter?: number;
  /** What a 404 lists. */
  readonly routes?: readonly { readonly path: string; readonly service: string; readonly hosts: readonly string[] }[];
  /** Extra field lines, each ended by CRLF. */
  readonly lines?: string;
}
