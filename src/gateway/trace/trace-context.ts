/**
 * W3C Trace Context, level 2: continues a valid traceparent as it is (the gateway is no span of its own, so it must
 * not become a parent that nobody exports) and begins a trace where there is none or it is invalid.
 * https://www.w3.org/TR/trace-context-2/
 */
import { trimOws } from '../http/bytes.ts';
import { randomTraceparent } from './random-ids.ts';

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const ZERO_TRACE = '0'.repeat(32);
const ZERO_PARENT = '0'.repeat(16);
const KEY = '[a-z0-9][a-z0-9_\\-*/@]{0,255}';
const MEMBER = new RegExp(`^${KEY}=[ -+\\--<>-~]{0,255}[!-+\\--<>-~]$`);
const MAX_MEMBERS = 32;

/**
 * The lines `traceparent` and, where it goes with it, `tracestate`.
 * @param parent value received; '' when there was none, anything malformed when there were several
 * @param state values of all tracestate lines, joined with `,` in order
 */
export function traceLines(parent: string, state: string): string {
  if (parent !== '') {
    const continued = continueParent(parent);
    if (continued !== null) {
      const members = state === '' ? '' : joinState(state);
      return members === ''
        ? `traceparent: ${continued}\r\n`
        : `traceparent: ${continued}\r\ntracestate: ${members}\r\n`;
    }
  }
  return `traceparent: ${randomTraceparent()}\r\n`;
}

/** @returns the value to send on, or null when the received one is invalid */
export function continueParent(parent: string): string | null {
  const parts = TRACEPARENT.exec(parent);
  if (!parts) return null;
  const [, version, trace, span, flags, more] = parts;
  if (version === 'ff' || trace === ZERO_TRACE || span === ZERO_PARENT) return null;
  if (version === '00') return more === undefined ? parent : null;
  // A later version: what is known of it goes on as version 00, unknown flags cleared.
  return `00-${trace}-${span}-0${Number.parseInt(flags!, 16) & 3}`;
}

/** Members in order, at most 32, invalid ones left out; a repeated key is kept as it is. */
export function joinState(state: string): string {
  const members: string[] = [];
  for (const part of state.split(',')) {
    const member = trimOws(part);
    if (members.length < MAX_MEMBERS && MEMBER.test(member)) members.push(member);
  }
  return members.join(',');
}
