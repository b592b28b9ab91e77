/**
 * One rule of a strict proxy as data: the bytes that a client sends, the bytes that the origin behind the proxy answers
 * with, and what both must have seen in the end. Runs over any proxy.
 */

/** What the origin does with each request, in order: bytes to write, or an end of its connection. */
export type Step = string | 'FIN' | 'RESET';

export interface Seen {
  /** Bytes that the client got (latin1). */
  readonly received: string;
  /** Final responses in it, in order. */
  readonly responses: readonly SeenResponse[];
  /** Interim status codes in it. */
  readonly interim: readonly number[];
  /** How the proxy left the client's connection. */
  readonly over: 'open' | 'end' | 'reset';
  /** Requests as they reached the origin, body as sent (latin1). */
  readonly requests: readonly SeenRequest[];
}

export interface SeenMessage {
  /** First line. */
  readonly line: string;
  /** Lower-cased name -> values in order. */
  readonly fields: ReadonlyMap<string, readonly string[]>;
  /** Head as received, without the empty line. */
  readonly head: string;
  /** Transfer coding undone. */
  readonly body: string;
  readonly trailers: string;
}

export interface SeenRequest extends SeenMessage {
  readonly method: string;
  readonly target: string;
  /** All of it, head and body. */
  readonly raw: string;
}

export interface SeenResponse extends SeenMessage {
  readonly status: number;
  /** Its framing says that all of it has come. */
  readonly complete: boolean;
}

export interface Case {
  /** Number of the rule. */
  readonly rule: number;
  readonly what: string;
  /** Sent at once; with `later`, the rest after the origin has seen a request head. */
  readonly send: string;
  readonly later?: string;
  /** After `send` the client ends its side. */
  readonly leaves?: boolean;
  /** Default: `200` with the body `ok`. One list for all requests. */
  readonly answer?: readonly Step[];
  /** The request has no body in its response. */
  readonly isHead?: boolean;
  /** Final responses to wait for; default 1. 0: until the connection is over. */
  readonly responses?: number;
  /** Bytes to wait for instead. */
  readonly until?: string;
  /** @returns undefined when the rule is kept, else what was seen instead, in a few words */
  readonly judge: (seen: Seen) => string | undefined;
}

export const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

export function get(path = '/', lines = ''): string {
  return `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${lines}\r\n`;
}

export function post(lines: string, body: string, path = '/'): string {
  return `POST ${path} HTTP/1.1\r\nHost: localhost\r\n${lines}\r\n${body}`;
}

/** In short: what the client was answered. */
export function shown(seen: Seen): string {
  const [first] = seen.responses;
  if (first) return `${first.status}${seen.requests.length > 0 ? ' from the origin' : ''}`;
  return seen.over === 'open' ? 'no answer' : `closed (${seen.over})`;
}

/** Refused with one of the codes, closed, and nothing of it has reached the origin. */
export function refused(...statuses: readonly number[]) {
  return (seen: Seen): string | undefined => {
    if (seen.requests.length > 0) return 'forwarded';
    const [first] = seen.responses;
    if (first && !statuses.includes(first.status)) return String(first.status);
    if (!first && !(seen.over !== 'open' && statuses.includes(400))) return shown(seen);
    if (seen.responses.length > 1) return 'the next request answered';
    return seen.over === 'open' ? `${first?.status}, not closed` : undefined;
  };
}

/** The first request as the origin saw it, judged; a request that did not get there breaks the rule. */
export function forwarded(judge: (request: SeenRequest, seen: Seen) => string | undefined) {
  return (seen: Seen): string | undefined => {
    const [request] = seen.requests;
    return request === undefined ? shown(seen) : judge(request, seen);
  };
}

/** The first response, judged. */
export function answered(judge: (response: SeenResponse, seen: Seen) => string | undefined) {
  return (seen: Seen): string | undefined => {
    const [response] = seen.responses;
    return response === undefined ? shown(seen) : judge(response, seen);
  };
}

export function values(message: SeenMessage, name: string): readonly string[] {
  return message.fields.get(name) ?? [];
}
