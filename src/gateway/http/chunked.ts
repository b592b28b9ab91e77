/**
 * Follows the chunked coding (RFC 9112 7.1) byte by byte, strictly, and hands on the bytes that may travel: framing and
 * data without chunk extensions (`raw`), or data alone. Reads buffers in place and copies none. The trailer section is
 * held back whole: its owner decides what of it may go on.
 */
import { CLASS, CR, HEX_VALUE, hasBareLineFeed, LF, SEMICOLON, VALUE } from './bytes.ts';
import { parseTrailers } from './trailers.ts';

/** Where the bytes go. Ranges come in order; `buffer` is only lent for the call unless the receiver says otherwise. */
export interface ChunkSink {
  bytes(buffer: Buffer, start: number, end: number): void;
}

/** Extension bytes in one message beyond this are an attack on whoever has to skip them. */
const MAX_EXTENSION_BYTES = 16 * 1024;
const MAX_TRAILER_BYTES = 16 * 1024;

const SIZE_FIRST = 0;
const SIZE = 1;
const EXTENSION = 2;
const EXTENSION_QUOTED = 3;
const EXTENSION_ESCAPED = 4;
const SIZE_LF = 5;
const DATA = 6;
const DATA_CR = 7;
const DATA_LF = 8;
const TRAILER = 9;
const DONE = 10;

export class ChunkedReader {
  readonly #raw: boolean;
  readonly #keepTrailers: boolean;
  readonly #withheld: RegExp | null;
  readonly #sink: ChunkSink;
  #state = SIZE_FIRST;
  #size = 0;
  #digits = 0;
  #extension = '';
  #extensionBytes = 0;
  #trailer = '';
  /** The trailers that may go on, as field lines, once it is done. */
  trailers = '';
  /** Data bytes seen so far. */
  dataBytes = 0;

  /**
   * @param raw hand on the framing too, then with the trailers if `keepTrailers`
   * @param withheld lines of trailers that do not go on; a global expression
   */
  constructor(raw: boolean, keepTrailers: boolean, sink: ChunkSink, withheld: RegExp | null = null) {
    this.#raw = raw;
    this.#withheld = withheld;
    this.#keepTrailers = keepTrailers;
    this.#sink = sink;
  }

  get done(): boolean {
    return this.#state === DONE;
  }

  /**
   * Reads `buffer[start, end)` up to the end of the body.
   * @returns where it stopped (the first byte after the body, or `end`), or -1 when the coding is broken
   */
  feed(buffer: Buffer, start: number, end: number): number {
    const raw = this.#raw;
    let i = start;
    /** Start of the bytes to hand on that have not been yet. */
    let from = i;
    while (i < end) {
      switch (this.#state) {
        case SIZE_FIRST:
        case SIZE: {
          const byte = buffer[i]!;
          const digit = HEX_VALUE[byte]!;
          if (digit !== -1) {
            if (++this.#digits > 16) return -1;
            this.#size = this.#size * 16 + digit;
            if (this.#size > Number.MAX_SAFE_INTEGER) return -1;
            this.#state = SIZE;
            i++;
          } else if (this.#state === SIZE_FIRST) {
            return -1;
          } else if (byte === CR) {
            this.#state = SIZE_LF;
            i++;
          } else if (byte === SEMICOLON) {
            if (raw && i > from) this.#sink.bytes(buffer, from, i);
            this.#state = EXTENSION;
            this.#extension = '';
            i++;
          } else {
            return -1;
          }
          break;
        }
        case EXTENSION:
        case EXTENSION_QUOTED:
        case EXTENSION_ESCAPED: {
          const byte = buffer[i]!;
          if (byte === CR && this.#state === EXTENSION) {
            if (!EXTENSIONS.test(this.#extension)) return -1;
            this.#state = SIZE_LF;
            from = i++;
            break;
          }
          if ((CLASS[byte]! & VALUE) === 0 || ++this.#extensionBytes > MAX_EXTENSION_BYTES) return -1;
          this.#extension += String.fromCharCode(byte);
          if (this.#state === EXTENSION_ESCAPED) this.#state = EXTENSION_QUOTED;
          else if (byte === 34) this.#state = this.#state === EXTENSION ? EXTENSION_QUOTED : EXTENSION;
          else if (byte === 92 && this.#state === EXTENSION_QUOTED) this.#state = EXTENSION_ESCAPED;
          from = ++i;
          break;
        }
        case SIZE_LF:
          if (buffer[i++] !== LF) return -1;
          if (this.#size > 0) {
            this.#state = DATA;
            if (!raw) from = i;
            break;
          }
          if (buffer[i] === CR && buffer[i + 1] === LF && i + 1 < end) {
            // No trailers, and the end is at hand: the last chunk leaves with what came before it.
            i += 2;
            if (raw) this.#sink.bytes(buffer, from, i);
            this.#state = DONE;
            return i;
          }
          if (raw) this.#sink.bytes(buffer, from, i);
          this.#state = TRAILER;
          break;
        case DATA: {
          const length = Math.min(this.#size, end - i);
          i += length;
          this.#size -= length;
          this.dataBytes += length;
          if (this.#size > 0) break;
          if (!raw) this.#sink.bytes(buffer, from, i);
          this.#state = DATA_CR;
          break;
        }
        case DATA_CR:
          if (buffer[i++] !== CR) return -1;
          this.#state = DATA_LF;
          break;
        case DATA_LF:
          if (buffer[i++] !== LF) return -1;
          this.#state = SIZE_FIRST;
          this.#digits = 0;
          break;
        case TRAILER:
          return this.#feedTrailer(buffer, i, end);
        default:
          return i;
      }
    }
    if (this.#state !== TRAILER && i > from && (raw ? !this.#inExtension() : this.#state === DATA)) {
      this.#sink.bytes(buffer, from, i);
    }
    return i;
  }

  #inExtension(): boolean {
    return this.#state === EXTENSION || this.#state === EXTENSION_QUOTED || this.#state === EXTENSION_ESCAPED;
  }

  #feedTrailer(buffer: Buffer, start: number, end: number): number {
    const before = this.#trailer.length;
    this.#trailer += buffer.toString('latin1', start, Math.min(end, start + MAX_TRAILER_BYTES + 4));
    const text = this.#trailer;
    const stop = text.startsWith('\r\n') ? 0 : text.indexOf('\r\n\r\n', Math.max(0, before - 3));
    if (stop === -1) {
      if (text.length > MAX_TRAILER_BYTES || hasBareLineFeed(text, 0)) return -1;
      return end;
    }
    const length = text.startsWith('\r\n') ? 2 : stop + 4;
    if (length > MAX_TRAILER_BYTES) return -1;
    const parsed = parseTrailers(text.slice(0, length - 2));
    if (parsed === null) return -1;
    const trailers = this.#withheld === null ? parsed : parsed.replace(this.#withheld, '');
    this.#trailer = '';
    if (this.#keepTrailers) this.trailers = trailers;
    this.#state = DONE;
    if (this.#raw) {
      const tail = Buffer.from(this.#keepTrailers ? `${trailers}\r\n` : '\r\n', 'latin1');
      this.#sink.bytes(tail, 0, tail.length);
    }
    return start + length - before;
  }
}

/** chunk-ext without its first `;` (RFC 9112 7.1.1): name, optionally `=` token or quoted-string; again after `;`. */
const TOKENS = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+";
const QUOTED = '"(?:[\\t !#-\\[\\]-~\\x80-\\xff]|\\\\[\\t !-~\\x80-\\xff])*"';
const ONE = `[ \\t]*${TOKENS}(?:[ \\t]*=[ \\t]*(?:${TOKENS}|${QUOTED}))?`;
const EXTENSIONS = new RegExp(`^${ONE}(?:[ \\t]*;${ONE})*$`);
