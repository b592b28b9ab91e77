/**
 * How one line looks on disk: `2026-07-25T12:00:00.123Z o text`.
 *
 * 24 bytes of UTC time, a space, one letter for the stream, one mark, then the bytes as they came, then `\n`. The
 * prefix has a fixed length so that readers can search by time and cut it off without parsing. Pure functions.
 */

/** What a service itself writes to. */
export type StreamName = 'stdout' | 'stderr';
export type LogStream = StreamName | 'msvc';

/** Bytes of the ISO time at the start of each line. */
export const TIME_BYTES = 24;
/** Bytes before the text: time, space (or `PIECE_SIGN`), stream letter, mark. */
export const PREFIX_BYTES = 27;
/** Offset of the stream letter. */
export const STREAM_AT = 25;
/** Offset of the mark. */
export const MARK_AT = 26;

/**
 * Whether the text is a whole line of the service or a piece of one. Pieces come from lines that stood without their
 * newline for long, or that are too long to be held in memory. A beginning without its end was cut off by a kill.
 */
export const MARK = { whole: ' ', begin: '>', middle: '=', end: '<' } as const;

export type Mark = (typeof MARK)[keyof typeof MARK];

/** Stands after the time of a piece: a byte rare enough that looking for it tells whether a block has pieces at all. */
export const PIECE_SIGN = '\x1f';

/**
 * Two occupants of one slot (a rollout) may both stand in the middle of a line: the second one's letters are upper-case,
 * so that pieces are joined with their own.
 */
export type Lane = 0 | 1;

const LETTERS: Record<LogStream, readonly [string, string]> = {
  stdout: ['o', 'O'],
  stderr: ['e', 'E'],
  msvc: ['m', 'M'],
};

/** What stands between the time and the text. */
export function prefixAfterTime(stream: LogStream, lane: Lane, mark: Mark): string {
  return `${mark === MARK.whole ? ' ' : PIECE_SIGN}${LETTERS[stream][lane]}${mark}`;
}

/** @returns undefined for a byte that is not a stream letter: the line was not written by msvc. */
export function streamOfByte(byte: number): LogStream | undefined {
  switch (byte | 0x20) {
    case 0x6f:
      return 'stdout';
    case 0x65:
      return 'stderr';
    case 0x6d:
      return 'msvc';
    default:
      return undefined;
  }
}

let stampedMs = Number.NaN;
let stamp = '';

/** ISO time of exactly 24 characters; cached, since many chunks share a millisecond. */
export function timeStamp(ms: number): string {
  if (ms !== stampedMs) {
    stampedMs = ms;
    stamp = new Date(ms).toISOString();
  }
  return stamp;
}

/** UTF-8 text as the one-character-per-byte string that writers and readers move around. */
export function toBytes(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** Whether text of one character a byte has bytes above ASCII. */
export function isHigh(bytes: string): boolean {
  return HIGH.test(bytes);
}

/** The way back; invalid UTF-8 becomes U+FFFD. */
export function fromBytes(bytes: string): string {
  return HIGH.test(bytes) ? Buffer.from(bytes, 'latin1').toString('utf8') : bytes;
}

const HIGH = /[\x80-\xff]/;
