/**
 * Lines on disk -> records: takes prefixes apart and joins pieces of lines. Owns the pieces whose line has not ended.
 */
import {
  isHigh,
  type LogStream,
  MARK,
  MARK_AT,
  PREFIX_BYTES,
  STREAM_AT,
  streamOfByte,
  TIME_BYTES,
} from './line-format.ts';
import type { Stretch } from './merge.ts';
import { isStamp } from './segment.ts';

export interface LogRecord {
  /** Milliseconds since the epoch at which the line (its end, when it came in pieces) was read from the service. */
  readonly time: number;
  readonly service: string;
  readonly replica: number;
  readonly stream: LogStream;
  /** Without its line end; escape sequences as the service wrote them. */
  readonly line: string;
}

/** A line longer than this is given out in parts, each with its own time. */
const JOIN_BYTES = 16 * 1024 * 1024;

interface Pieces {
  time: number;
  readonly slot: Stretch['slot'];
  readonly stream: LogStream;
  parts: string[];
  bytes: number;
}

export class Records {
  readonly #open = new Map<string, Pieces>();
  /** Of the line before, for lines that have no prefix. */
  #time = 0;
  #stamp = '';

  /** There is a line of which only pieces have come. */
  get hasOpen(): boolean {
    return this.#open.size > 0;
  }

  decode({ slot, text }: Stretch): LogRecord[] {
    const { service, replica } = slot;
    const records: LogRecord[] = [];
    const decoded = isHigh(text) ? utf8 : same;
    for (let at = 0; at < text.length; ) {
      const end = text.indexOf('\n', at);
      const stream = this.#readStamp(text, at) ? streamOfByte(text.charCodeAt(at + STREAM_AT)) : undefined;
      const mark = text[at + MARK_AT];
      if (stream === undefined) {
        records.push({ time: this.#time, service, replica, stream: 'stdout', line: decoded(trimmed(text, at, end)) });
      } else if (mark === MARK.whole) {
        const line = decoded(trimmed(text, at + PREFIX_BYTES, end));
        records.push({ time: this.#time, service, replica, stream, line });
      } else {
        this.#piece(records, slot, stream, text[at + STREAM_AT]!, mark!, text.slice(at + PREFIX_BYTES, end));
      }
      at = end + 1;
    }
    return records;
  }

  /** The lines whose end is not there (yet), as they are. What comes of them later is another record. */
  takeOpen(): LogRecord[] {
    const records = [...this.#open.values()].map(joined);
    this.#open.clear();
    return records;
  }

  #readStamp(text: string, at: number): boolean {
    if (this.#stamp !== '' && text.startsWith(this.#stamp, at)) return true;
    const stamp = text.slice(at, at + TIME_BYTES);
    const time = isStamp(stamp) ? Date.parse(stamp) : Number.NaN;
    if (Number.isNaN(time)) return false;
    this.#stamp = stamp;
    this.#time = time;
    return true;
  }

  #piece(out: LogRecord[], slot: Stretch['slot'], stream: LogStream, letter: string, mark: string, text: string): void {
    const key = `${slot.service}.${slot.replica} ${letter}`;
    let pieces = this.#open.get(key);
    if (pieces && mark === MARK.begin) {
      out.push(joined(pieces));
      pieces = undefined;
    }
    if (!pieces) {
      pieces = { time: this.#time, slot, stream, parts: [], bytes: 0 };
      this.#open.set(key, pieces);
    }
    pieces.time = this.#time;
    pieces.parts.push(text);
    pieces.bytes += text.length;
    if (mark !== MARK.end && pieces.bytes < JOIN_BYTES) return;
    // The end of a line that was given out in parts already, or as far as it was, may be empty.
    if (pieces.bytes > 0) out.push(joined(pieces));
    this.#open.delete(key);
  }
}

function joined(pieces: Pieces): LogRecord {
  const text = pieces.parts.join('');
  const line = trimmed(text, 0, text.length);
  const { service, replica } = pieces.slot;
  return { time: pieces.time, service, replica, stream: pieces.stream, line: isHigh(line) ? utf8(line) : line };
}

/** Without the carriage return of a `\r\n`. */
function trimmed(text: string, from: number, to: number): string {
  return text.slice(from, to > from && text.charCodeAt(to - 1) === 13 ? to - 1 : to);
}

function utf8(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

function same(text: string): string {
  return text;
}
