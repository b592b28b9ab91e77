/** HTTP/2 connections that are nearly right: a preface, then frames of which some have a wrong length, flag, stream or body. */
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
export const END_HEADERS = 4;

export function frame(type: number, flags: number, stream: number, payload: string, length = payload.length): string {
  const bytes = [length >> 16, length >> 8, length, type, flags, stream >> 24, stream >> 16, stream >> 8, stream];
  return String.fromCharCode(...bytes.map((byte) => byte & 0xff)) + payload;
}

function some(random: Random, most: number): string {
  return Array.from({ length: random.below(most) }, () => String.fromCharCode(random.below(256))).join('');
}

function oneFrame(random: Random, stream: number): string {
  const block = random.below(4) === 0 ? BLOCK + some(random, 30) : BLOCK;
  switch (random.below(14)) {
    case 0:
    case 1:
    case 2:
      return frame(TYPES.headers, END_STREAM | END_HEADERS, stream, block);
    case 3:
      return (
        frame(TYPES.headers, END_HEADERS, stream, block) + frame(TYPES.data, END_STREAM, stream, some(random, 300))
      );
    case 4:
      return (
        frame(TYPES.headers, END_STREAM, stream, block.slice(0, 5)) +
        frame(TYPES.more, END_HEADERS, stream, block.slice(5))
      );
    case 5:
      return (
        frame(TYPES.headers, END_STREAM | END_HEADERS, stream, block) + frame(TYPES.reset, 0, stream, '\0\0\0\x08')
      );
    case 6:
      return frame(TYPES.ping, random.below(2), 0, some(random, 9).padEnd(8, '\0'));
    case 7:
      return frame(
        TYPES.settings,
        random.below(2),
        0,
        random.of(['', '\0\x04\0\0\xff\xff', '\0\x01\0\0\0\0', some(random, 13)]),
      );
    case 8:
      return frame(
        TYPES.window,
        0,
        random.of([0, stream]),
        random.of(['\0\0\0\0', '\0\0\xff\xff', '\x7f\xff\xff\xff']),
      );
    case 9:
      return frame(TYPES.goaway, 0, 0, '\0\0\0\0\0\0\0\0');
    case 10:
      return frame(TYPES.data, END_STREAM, random.of([0, stream, stream - 2]), some(random, 50));
    case 11:
      return frame(TYPES.push, END_HEADERS, stream, `\0\0\0\x02${block}`);
    case 12:
      return frame(TYPES.priority, 0, stream, some(random, 8));
    default:
      return frame(random.below(256), random.below(256), random.below(20), some(random, 40), random.below(60));
  }
}

/** As latin1 text. */
export function framesBytes(random: Random): string {
  const first = frame(TYPES.settings, 0, 0, '');
  const frames = Array.from({ length: 1 + random.below(12) }, (_, i) => oneFrame(random, 2 * i + 1));
  const text = PREFACE + first + frames.join('');
  if (random.below(3) > 0) return text;
  const at = random.below(text.length);
  return text.slice(0, at) + some(random, 4) + text.slice(at + random.below(4));
}
