/**
 * Gathers the text of one head from however many pieces it comes in. What can never become a proper head is refused
 * without waiting for its end. Owns the gathered text.
 */
import { CLASS, hasBareLineFeed, TOKEN } from '../http/bytes.ts';
import type { Limits } from '../limits.ts';

const NO_BYTES = new Uint8Array(0);

export class HeadText {
  /** What has come of the head, and perhaps more. */
  text = '';
  /** Length of the head without its empty line; 0 while it is incomplete. */
  end = 0;
  /** Where in the last buffer the bytes after the head begin. */
  bodyStart = 0;
  /** The bytes that a complete head was made of, beginning at `bytesStart`: lent, or a copy when it came in pieces. */
  bytes: Uint8Array = NO_BYTES;
  bytesStart = 0;
  readonly #limits: Limits;
  #skippedLine = false;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  get isEmpty(): boolean {
    return this.text === '';
  }

  clear(): void {
    this.text = '';
    this.bytes = NO_BYTES;
    this.end = 0;
    this.#skippedLine = false;
  }

  /** Takes `buffer[0, length)`. @returns 0, or the status to refuse the request with */
  add(buffer: Buffer, length: number): number {
    const { headBytes, targetBytes } = this.#limits;
    const before = this.text.length;
    const piece = buffer.toString('latin1', 0, Math.min(length, headBytes + 4));
    let text = before === 0 ? piece : this.text + piece;
    // RFC 9112 2.2: an empty line before the request line is passed over, once.
    let skipped = 0;
    if (!this.#skippedLine && text.startsWith('\r\n')) {
      this.#skippedLine = true;
      skipped = 2;
      text = text.slice(2);
    }
    const from = Math.max(0, before - skipped - 3);
    const stop = text.indexOf('\r\n\r\n', from);
    this.text = text;
    if (stop !== -1) {
      if (stop + 4 > headBytes) return this.#tooLarge(text, targetBytes);
      this.end = stop + 2;
      this.bodyStart = stop + 4 + skipped - before;
      this.bytes = before === 0 ? buffer : Buffer.from(text, 'latin1');
      this.bytesStart = before === 0 ? skipped : 0;
      return 0;
    }
    if (text === '' || text === '\r') return 0;
    if ((CLASS[text.charCodeAt(0)]! & TOKEN) === 0) return 400;
    if (hasBareLineFeed(text, from)) return 400;
    return text.length > headBytes ? this.#tooLarge(text, targetBytes) : 0;
  }

  #tooLarge(text: string, targetBytes: number): number {
    const line = text.indexOf('\r\n');
    const target = text.indexOf(' ') + 1;
    return (line === -1 ? text.length : line) - target > targetBytes ? 414 : 431;
  }
}
