/**
 * gRPC over HTTP/2 (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md), as far as the gateway speaks it
 * itself: a problem as an answer of trailers only, and the time that a call may take. Pure.
 */
import { fieldValue } from '../http/fields.ts';
import { httpDate } from './http-date.ts';
import { PROBLEMS, type Problem } from './problems.ts';

/** By the status that HTTP would have; the specification's table (http-grpc-status-mapping.md). */
const CODES: Readonly<Record<number, number>> = {
  400: 13,
  401: 16,
  403: 7,
  404: 12,
  429: 14,
  502: 14,
  503: 14,
  504: 14,
};
const UNKNOWN = 2;
const DEADLINE_EXCEEDED = 4;

export interface AskedByGrpc {
  /** Field lines of the request: its kind of gRPC is that of the answer. */
  readonly fields: string;
  readonly close: boolean;
  readonly via: string;
}

export function renderGrpcProblem(problem: Problem, { fields, close, via }: AskedByGrpc): string {
  const kind = PROBLEMS[problem.code];
  const code = problem.code === 'deadline-over' ? DEADLINE_EXCEEDED : (CODES[problem.status ?? kind.status] ?? UNKNOWN);
  const message = problem.detail === undefined ? kind.title : `${kind.title}: ${problem.detail}`;
  return (
    `HTTP/1.1 200 OK\r\nDate: ${httpDate()}\r\nContent-Type: ${fieldValue(fields, 'content-type') ?? 'application/grpc'}\r\n` +
    `Content-Length: 0\r\nGrpc-Status: ${code}\r\nGrpc-Message: ${escaped(message)}\r\n` +
    `Proxy-Status: msvc; error=${kind.proxyError}\r\n` +
    (problem.retryAfter === undefined ? '' : `Grpc-Retry-Pushback-Ms: ${problem.retryAfter * 1000}\r\n`) +
    `${problem.lines ?? ''}${via}${close ? 'Connection: close\r\n' : ''}\r\n`
  );
}

/** Percent-encoded UTF-8 outside of printable ASCII. */
function escaped(message: string): string {
  return message.replace(/[^ -$&-~]/gu, (char) => [...Buffer.from(char)].map((byte) => `%${hex(byte)}`).join(''));
}

function hex(byte: number): string {
  return byte.toString(16).toUpperCase().padStart(2, '0');
}

const UNITS_MS: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1_000, m: 1, u: 1e-3, n: 1e-6 };

/** `grpc-timeout` of a call. @returns milliseconds; 0 = none, or none that can be read */
export function grpcTimeoutMs(fields: string): number {
  const [, amount, unit = ''] = /^(\d{1,8})([HMSmun])$/.exec(fieldValue(fields, 'grpc-timeout') ?? '') ?? [];
  return Number(amount ?? 0) * (UNITS_MS[unit] ?? 0);
}
