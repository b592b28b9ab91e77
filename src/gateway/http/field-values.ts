/** Strict readers of the few field values that decide framing and persistence. Pure. */
import { isAll, TOKEN } from './bytes.ts';
import { listMembers } from './fields.ts';

/** @returns the length, or -1 when the value is not 1*DIGIT or does not fit (RFC 9110 8.6) */
export function parseLength(value: string): number {
  if (value.length === 0 || value.length > 15) return -1;
  let length = 0;
  for (let i = 0; i < value.length; i++) {
    const digit = value.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return -1;
    length = length * 10 + digit;
  }
  return length;
}

export interface ConnectionOptions {
  readonly close: boolean;
  readonly keepAlive: boolean;
  readonly upgrade: boolean;
  /** Lower-cased names of fields to strip; null when there is none. */
  readonly nominated: readonly string[] | null;
}

const CLOSE: ConnectionOptions = { close: true, keepAlive: false, upgrade: false, nominated: null };
const KEEP_ALIVE: ConnectionOptions = { close: false, keepAlive: true, upgrade: false, nominated: null };

/**
 * End-to-end fields that a peer cannot have deleted by naming them in Connection: those that carry identity, framing
 * or provenance (the gateway adds its own after the nominated ones went).
 */
const PROTECTED = new Set([
  ...['host', 'content-length', 'content-type', 'content-encoding', 'transfer-encoding', 'authorization', 'cookie'],
  ...['origin', 'via', 'date', 'set-cookie', 'cache-control', 'x-request-id'],
]);

/** Reads the Connection options (RFC 9110 7.6.1). @returns null when one is not a token */
export function parseConnection(value: string): ConnectionOptions | null {
  if (value === 'keep-alive') return KEEP_ALIVE;
  if (value === 'close') return CLOSE;
  let close = false;
  let keepAlive = false;
  let upgrade = false;
  let nominated: string[] | null = null;
  for (const option of listMembers(value.toLowerCase())) {
    if (option === 'close') close = true;
    else if (option === 'keep-alive') keepAlive = true;
    else if (option === 'upgrade') upgrade = true;
    else if (!isAll(option, TOKEN)) return null;
    else if (option !== 'te' && !PROTECTED.has(option)) {
      nominated ??= [];
      nominated.push(option);
    }
  }
  return { close, keepAlive, upgrade, nominated };
}

/** Whether the value asks for nothing but `100-continue`, the only expectation there is (RFC 9110 10.1.1). */
export function parseExpect(value: string): boolean {
  return listMembers(value.toLowerCase()).every((member) => member === '100-continue');
}

/** Seconds of `Keep-Alive: timeout=5`, or -1. A hint from before RFC 9112 that most servers still give. */
export function parseKeepAliveTimeout(value: string): number {
  const found = /(?:^|[,\s])timeout\s*=\s*"?(\d{1,6})/i.exec(value);
  return found ? Number(found[1]) : -1;
}
