/**
 * HTTP/2 connections: a preface, then frames, of half of the connections all as they should be, of the others some with a
 * wrong length, flag, stream or body. The same seed gives the same bytes.
 */
import type { Random } from '../long/random.ts';

export const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
/** HPACK (RFC 7541): `:method: GET`, `:scheme: http`, `:path: /` by index, `:authority: localhost` as a literal. */
export const BLOCK = '\x82\x86\x84\x41\x09localhost';
export const TYPES = {
  data: 0,
  headers: 1,
  priority: 2,
  reset: 3,
  settings: 4,
  push: 5,
  ping: 6,
  goaway: 7,
  window: 8,
  more: 9,
};
export const END_STREAM = 1;
/** Of SETTINGS and PING. */
export const ACK = 1;
export const END_HEADERS = 4;

export function frame(type: number, flags: number, stream: number, payload: string, length = payload.length): string {
  const bytes = [length >> 16, length >> 8, length, type, flags, stream >> 24, stream >> 16, stream >> 8, stream];
  return String.fromCharCode(...bytes.map((byte) => byte & 0xff)) + payload;
}

function some(random: Random, most: number): string {
  return Array.from({ length: random.below(most) }, () => String.fromCharCode(random.below(256))).join('');
}

/** BLOCK with a path of its own, which is told in the answer. */
export function requestBlock(path: string): string {
  return `\x82\x86\x04${String.fromCharCode(path.length)}${path}\x41\x09localhost`;
}

export const targetOf = (tag: string, stream: number): string => `/${tag}/${stream}`;

/** One request as it should be. `isReset`: its client takes it back. */
function request(random: Random, stream: number, block: string): { readonly text: string; readonly isReset: boolean } {
  const whole = frame(TYPES.headers, END_STREAM | END_HEADERS, stream, block);
  switch (random.below(5)) {
    case 0:
    case 1:
      return { text: whole, isReset: false };
    case 2: {
      const data = frame(TYPES.data, END_STREAM, stream, some(random, 300));
      return { text: frame(TYPES.headers, END_HEADERS, stream, block) + data, isReset: false };
    }
    case 3: {
      const rest = frame(TYPES.more, END_HEADERS, stream, block.slice(5));
      return { text: frame(TYPES.headers, END_STREAM, stream, block.slice(0, 5)) + rest, isReset: false };
    }
    default:
      return { text: whole + frame(TYPES.reset, 0, stream, '\0\0\0\x08'), isReset: true };
  }
}

/** A frame that may stand anywhere. */
function lawful(random: Random, ping: string): string {
  switch (random.below(4)) {
    case 0:
      return frame(TYPES.ping, 0, 0, ping);
    case 1:
      return frame(TYPES.settings, 0, 0, random.of(['', '\0\x04\0\0\xff\xff', '\0\x01\0\0\0\0']));
    case 2:
      return frame(TYPES.window, 0, 0, '\0\0\xff\xff');
    default:
      return frame(TYPES.priority, 0, 2 * random.below(20) + 1, '\0\0\0\0\x10');
  }
}

/** Wrong, or right in another place only. */
function unlawful(random: Random, stream: number, block: string): string {
  switch (random.below(10)) {
    case 0:
      return frame(TYPES.headers, END_STREAM | END_HEADERS, stream, block + some(random, 30));
    case 1:
      return frame(TYPES.ping, random.below(2), 0, some(random, 9).padEnd(8, '\0'));
    case 2:
      return frame(TYPES.settings, random.below(2), 0, some(random, 13));
    case 3: {
      const size = random.of(['\0\0\0\0', '\0\0\xff\xff', '\x7f\xff\xff\xff']);
      return frame(TYPES.window, 0, random.of([0, stream]), size);
    }
    case 4:
      return frame(TYPES.goaway, 0, 0, '\0\0\0\0\0\0\0\0');
    case 5:
      return frame(TYPES.data, END_STREAM, random.of([0, stream, stream - 2]), some(random, 50));
    case 6:
      return frame(TYPES.push, END_HEADERS, stream, `\0\0\0\x02${block}`);
    case 7:
      return frame(TYPES.priority, 0, stream, some(random, 8));
    case 8:
      return frame(TYPES.headers, END_HEADERS, stream, block);
    default:
      return frame(random.below(256), random.below(256), random.below(20), some(random, 40), random.below(60));
  }
}

export interface Frames {
  /** As latin1. Ends with a request that is always right, on `last`. */
  readonly text: string;
  /** All frames are as they should be. */
  readonly isClean: boolean;
  /** Bytes were changed anywhere. */
  readonly isStained: boolean;
  /** Streams whose requests are never taken back. */
  readonly asked: readonly number[];
  readonly taken: readonly number[];
  readonly pings: readonly string[];
  readonly last: number;
}

/** @param tag begins the path of each request: `/<tag>/<stream>` */
export function framesOf(random: Random, tag: string): Frames {
  const isClean = random.below(2) === 0;
  const asked: number[] = [];
  const taken: number[] = [];
  const pings: string[] = [];
  let text = PREFACE + frame(TYPES.settings, 0, 0, '');
  const count = 1 + random.below(12);
  for (let i = 0; i < count; i++) {
    const stream = 2 * i + 1;
    const block = requestBlock(targetOf(tag, stream));
    if (random.below(3) === 0) {
      const ping = `ping${String(i).padStart(4, '0')}`;
      const one = lawful(random, ping);
      if (one.includes(ping)) pings.push(ping);
      text += one;
    } else if (!isClean && random.below(2) === 0) text += unlawful(random, stream, block);
    else {
      const { text: one, isReset } = request(random, stream, block);
      (isReset ? taken : asked).push(stream);
      text += one;
    }
  }
  const isStained = !isClean && random.below(3) === 0;
  if (isStained) {
    const at = random.below(text.length);
    text = text.slice(0, at) + some(random, 4) + text.slice(at + random.below(4));
  }
  const last = 2 * count + 1;
  asked.push(last);
  text += frame(TYPES.headers, END_STREAM | END_HEADERS, last, requestBlock(targetOf(tag, last)));
  return { text, isClean, isStained, asked, taken, pings, last };
}

/** What an instance that speaks HTTP/2 badly says to a request on that stream. */
export function answerFrames(random: Random, stream: number): string {
  const block = random.of(['\x88', '\x88', '\x8d', '\x89', '\x48\x03999', '\x88\x0f\x0d\x011', some(random, 8)]);
  const head = frame(TYPES.headers, random.below(4) === 0 ? END_STREAM | END_HEADERS : END_HEADERS, stream, block);
  const data = frame(TYPES.data, random.below(3) === 0 ? 0 : END_STREAM, stream, some(random, 100));
  const text = random.below(3) === 0 ? unlawful(random, stream, block) + head + data : head + data;
  return random.below(6) === 0 ? text.slice(0, random.below(text.length)) : text;
}
