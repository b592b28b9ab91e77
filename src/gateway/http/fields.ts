/**
 * Which field lines concern the gateway, told from their name without making a string of it; and slow-path functions
 * over a block of field lines (each `name: value CRLF`, already validated) for what only few requests need.
 */
import { COLON, FOLD, trimOws } from './bytes.ts';

/** What the gateway only looks whether it is there, in answers, lies below OTHER. */
export const DATE = -1;
export const OTHER = 0;
export const HOST = 1;
export const CONTENT_LENGTH = 2;
export const TRANSFER_ENCODING = 3;
export const CONNECTION = 4;
export const UPGRADE = 5;
export const TE = 6;
export const TRAILER = 7;
export const EXPECT = 8;
export const VIA = 9;
export const MAX_FORWARDS = 10;
export const REQUEST_ID = 11;
export const TRACEPARENT = 12;
export const TRACESTATE = 13;
export const FORWARDED = 14;
export const FORWARDED_FOR = 15;
export const FORWARDED_HOST = 16;
export const FORWARDED_PROTO = 17;
const FORWARDED_PORT = 18;
/** Any other `X-Forwarded-*`. */
const FORWARDED_OTHER = 19;
export const ORIGIN = 20;
export const FETCH_SITE = 21;
export const KEEP_ALIVE = 22;
/** Milliseconds that whoever asks will wait for the answer; Envoy's name for it. */
export const EXPECTED_TIMEOUT = 24;
/** Belongs to one connection, or to msvc itself: never passed on. */
export const DROPPED = 23;

/** By the length of the name: what it could be. A name ending in `*` is a prefix. */
const KNOWN: readonly (readonly [name: string, kind: number])[] = [
  ['date', DATE],
  ['host', HOST],
  ['content-length', CONTENT_LENGTH],
  ['transfer-encoding', TRANSFER_ENCODING],
  ['connection', CONNECTION],
  ['upgrade', UPGRADE],
  ['te', TE],
  ['trailer', TRAILER],
  ['expect', EXPECT],
  ['via', VIA],
  ['max-forwards', MAX_FORWARDS],
  ['x-request-id', REQUEST_ID],
  ['traceparent', TRACEPARENT],
  ['tracestate', TRACESTATE],
  ['forwarded', FORWARDED],
  ['x-forwarded-for', FORWARDED_FOR],
  ['x-forwarded-host', FORWARDED_HOST],
  ['x-forwarded-proto', FORWARDED_PROTO],
  ['x-forwarded-port', FORWARDED_PORT],
  ['origin', ORIGIN],
  ['sec-fetch-site', FETCH_SITE],
  ['keep-alive', KEEP_ALIVE],
  ['x-envoy-expected-rq-timeout-ms', EXPECTED_TIMEOUT],
  ['proxy-connection', DROPPED],
  ['proxy-authenticate', DROPPED],
  ['proxy-authorization', DROPPED],
  ['http2-settings', DROPPED],
];

interface Known {
  readonly name: Uint8Array;
  readonly kind: number;
}

/** Index: length of the name * 32 + first letter (a = 1). At most a few names share a cell. */
const CELLS: (readonly Known[])[] = new Array(32 * 32).fill([]);
for (const [name, kind] of KNOWN) {
  const cell = name.length * 32 + (name.charCodeAt(0) & 31);
  CELLS[cell] = [...CELLS[cell]!, { name: Buffer.from(name, 'latin1'), kind }];
}
const X = 24;
const FORWARDED_PREFIX = Buffer.from('x-forwarded-', 'latin1');
const OWN_PREFIX = Buffer.from('x-msvc-', 'latin1');

/**
 * What the field named by `bytes[start, end)` is to the gateway. A name spelt with `_` for `-` (`X_Forwarded_For`) is
 * DROPPED when it would pass for one of the gateway's, since CGI-style servers read it as that one.
 */
export function classify(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start;
  const letter = bytes[start]! & 31;
  if (length < 32) {
    const cell = CELLS[length * 32 + letter]!;
    for (let i = 0; i < cell.length; i++) {
      const { name, kind } = cell[i]!;
      if (isName(bytes, start, name)) return spelled(bytes, start, end, kind);
    }
  }
  if (letter === X) {
    if (length > 12 && isName(bytes, start, FORWARDED_PREFIX)) return spelled(bytes, start, end, FORWARDED_OTHER);
    if (length > 7 && isName(bytes, start, OWN_PREFIX)) return DROPPED;
  }
  return OTHER;
}

function spelled(bytes: Uint8Array, start: number, end: number, kind: number): number {
  for (let i = start; i < end; i++) if (bytes[i] === 95) return DROPPED;
  return kind;
}

function isName(bytes: Uint8Array, start: number, lower: Uint8Array): boolean {
  for (let i = 0; i < lower.length; i++) if (FOLD[bytes[start + i]!] !== lower[i]) return false;
  return true;
}

/** Calls `visit` with the lower-cased name and the trimmed value of each line; a visit that returns true ends it. */
export function eachField(
  lines: string,
  visit: (name: string, value: string, start: number, end: number) => unknown,
): void {
  let start = 0;
  while (start < lines.length) {
    const end = lines.indexOf('\r\n', start);
    if (end === -1) return;
    let colon = start;
    while (colon < end && lines.charCodeAt(colon) !== COLON) colon++;
    const name = lines.slice(start, colon).toLowerCase();
    if (visit(name, trimOws(lines.slice(colon + 1, end)), start, end + 2) === true) return;
    start = end + 2;
  }
}

/** The value of the first field of that (lower-case) name; several lines are joined with `, `. */
export function fieldValue(lines: string, wanted: string): string | undefined {
  let found: string | undefined;
  eachField(lines, (name, value) => {
    if (name === wanted) found = found === undefined ? value : `${found}, ${value}`;
  });
  return found;
}

/** The block without the fields of these (lower-case) names. */
export function withoutFields(lines: string, names: ReadonlySet<string>): string {
  let kept = '';
  eachField(lines, (name, _value, start, end) => {
    if (!names.has(name)) kept += lines.slice(start, end);
  });
  return kept;
}

/** The members of a comma-separated list, trimmed, empty ones left out. */
export function listMembers(value: string): string[] {
  const members: string[] = [];
  for (const part of value.split(',')) {
    const member = trimOws(part);
    if (member !== '') members.push(member);
  }
  return members;
}
