/**
 * One stream of one instance on its way into the slot's file: cuts chunks at the last newline, puts the prefix before
 * each line in one pass, and holds back what has no newline yet.
 *
 * Owns the unfinished line. A line is held until its newline comes, for `HOLD_MS` at most (a prompt must be seen) and up
 * to `HOLD_BYTES`; then a piece of it is written, marked so that readers join it with the rest.
 */

import { type Lane, type LogStream, MARK, type Mark, prefixAfterTime } from './line-format.ts';
import type { LogFile } from './log-file.ts';

export const HOLD_MS = 200;
const HOLD_BYTES = 256 * 1024;
/** How much of a line that goes out in pieces is remembered for `open`. */
const REMEMBERED_BYTES = 16 * 1024;

const NEWLINE = 10;
const EVERY_NEWLINE = /\n/g;

/** Told of what was said; `text` is one character a byte, without prefixes. */
export interface Listener {
  /** Whole lines, the last one without its newline. Long chunks come cut at the front unless `wantsAll`. */
  said(text: string): void;
  /** A line stands unfinished. */
  waiting(text: string): void;
  readonly wantsAll: boolean;
}

export class LineSource {
  readonly #file: LogFile;
  readonly #listener: Listener;
  readonly #stream: LogStream;
  readonly #lane: Lane;
  readonly #whole: string;
  /** Not written yet. */
  #held = '';
  #heldSince = 0;
  /** Written as pieces already, the end of it. */
  #pieces = '';
  #inPieces = false;
  #timer: NodeJS.Timeout | null = null;

  constructor(file: LogFile, stream: LogStream, lane: Lane, listener: Listener) {
    this.#file = file;
    this.#stream = stream;
    this.#lane = lane;
    this.#whole = prefixAfterTime(stream, lane, MARK.whole);
    this.#listener = listener;
  }

  /** The unfinished line. */
  get open(): string {
    return this.#pieces + this.#held;
  }

  /** The chunk's memory may be used again after the call. */
  push(chunk: Buffer): void {
    const end = chunk.lastIndexOf(NEWLINE);
    if (end < 0) {
      this.#hold(chunk.toString('latin1'));
      return;
    }
    const body = chunk.toString('latin1', 0, end);
    const stamp = this.#file.stamp();
    this.#file.write(
      stamp,
      this.#lastPrefix(),
      this.#held,
      body.replace(EVERY_NEWLINE, `\n${stamp}${this.#whole}`),
      '\n',
    );
    // A copy of the end only: a slice of `body` would keep all of it alive.
    const cut = end > REMEMBERED_BYTES && !this.#listener.wantsAll;
    this.#listener.said(cut ? chunk.toString('latin1', end - REMEMBERED_BYTES, end) : this.open + body);
    this.#clear();
    if (end + 1 < chunk.length) this.#hold(chunk.toString('latin1', end + 1));
  }

  /** The stream is over: what is unfinished becomes a line. */
  end(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#held === '' && !this.#inPieces) return;
    this.#file.write(this.#file.stamp(), this.#lastPrefix(), this.#held, '\n');
    this.#listener.said(this.open);
    this.#clear();
  }

  #hold(text: string): void {
    if (this.#held === '') this.#heldSince = performance.now();
    this.#held += text;
    if (this.#held.length >= HOLD_BYTES) this.#writePiece(wholeCharacters(this.#held));
    this.#timer ??= setTimeout(this.#onTimer, HOLD_MS);
  }

  /** Armed once and asked again, instead of being set anew with each chunk of a flood. */
  readonly #onTimer = (): void => {
    this.#timer = null;
    if (this.#held === '') return;
    const leftMs = this.#heldSince + HOLD_MS - performance.now();
    if (leftMs > 1) {
      this.#timer = setTimeout(this.#onTimer, leftMs);
      return;
    }
    this.#writePiece(this.#held.length);
    this.#listener.waiting(this.open);
  };

  #writePiece(bytes: number): void {
    const piece = this.#held.slice(0, bytes);
    const mark = this.#inPieces ? MARK.middle : MARK.begin;
    this.#file.write(this.#file.stamp(), this.#prefix(mark), piece, '\n');
    this.#held = this.#held.slice(bytes);
    this.#heldSince = performance.now();
    this.#pieces = (this.#pieces + piece).slice(-REMEMBERED_BYTES);
    this.#inPieces = true;
  }

  #prefix(mark: Mark): string {
    return prefixAfterTime(this.#stream, this.#lane, mark);
  }

  #lastPrefix(): string {
    return this.#inPieces ? this.#prefix(MARK.end) : this.#whole;
  }

  #clear(): void {
    this.#held = '';
    this.#pieces = '';
    this.#inPieces = false;
  }
}

/** @returns how many bytes of the text can be cut off without dividing a UTF-8 sequence. */
function wholeCharacters(text: string): number {
  for (let back = 1; back <= 3; back++) {
    const byte = text.charCodeAt(text.length - back);
    if (byte < 0x80) break;
    if (byte >= 0xc0) {
      const needs = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return needs > back ? text.length - back : text.length;
    }
  }
  return text.length;
}
