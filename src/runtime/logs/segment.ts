/**
 * One log file being read: blocks of whole lines forwards, the start of the n-th last line backwards, the first line of
 * a time by binary search. Owns a descriptor and a position in it; text is one character a byte.
 */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { MARK, MARK_AT, TIME_BYTES } from './line-format.ts';

/** Read at once by searches. */
const BLOCK_BYTES = 256 * 1024;
/** Read ahead, for one trip to another thread. */
const AHEAD_BYTES = 512 * 1024;
/** Of a text without newlines, which msvc did not write; longer it is cut anywhere. */
const MAX_LINE_BYTES = 16 * 1024 * 1024;
/** Binary search stops here and the rest is looked through. */
const NEAR_BYTES = 64 * 1024;
const NEWLINE = 10;
/** Text given out at once: strings of this size live and die in the young generation, larger ones are mapped anew. */
const TEXT_BYTES = 96 * 1024;
const NOTHING = Buffer.alloc(0);

/** Counts what is read, to show that little is. */
export interface ReadStats {
  bytes: number;
}

export class Segment {
  readonly inode: number;
  readonly #handle: FileHandle;
  readonly #stats: ReadStats;
  /** Next byte to read; always the start of a line. */
  position = 0;
  /** What was read ahead, from `#filledFrom` on. */
  #buffer: Buffer = NOTHING;
  #filled = 0;
  #filledFrom = 0;
  /** Under way while what stands before it is looked through; never more than the file has. */
  #ahead: { readonly from: number; readonly buffer: Buffer; readonly filled: Promise<number> } | null = null;
  /** Memory for the next one. */
  #spare: Buffer = NOTHING;
  #knownSize = 0;
  /** Where reading stops, when that is before the end of the file. */
  limit = Number.POSITIVE_INFINITY;

  private constructor(handle: FileHandle, inode: number, stats: ReadStats) {
    this.#handle = handle;
    this.inode = inode;
    this.#stats = stats;
  }

  /** @returns undefined when it does not exist. */
  static async open(path: string, stats: ReadStats): Promise<Segment | undefined> {
    try {
      const handle = await open(path, constants.O_RDONLY);
      return new Segment(handle, (await handle.stat()).ino, stats);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#ahead?.filled.catch(() => {});
    await this.#handle.close();
  }

  async size(): Promise<number> {
    return Math.min((await this.#handle.stat()).size, this.limit);
  }

  /**
   * The next whole lines, '' at the end. What stands after the last newline is left for later, as it may be in the middle
   * of being written, unless the file is `finished`. Lines that are ruled out, by many at once, are passed over; what
   * follows them is read meanwhile.
   */
  async next(finished: boolean, rulesOut?: (block: Buffer) => boolean): Promise<string> {
    for (let want = AHEAD_BYTES; ; want *= 4) {
      const text = this.#buffered();
      if (text !== '') return text;
      // Where more is on its way the size is known well enough, and asking for it is one more trip.
      const size = this.#ahead ? this.#knownSize : await this.size();
      this.#knownSize = size;
      if (size < this.position) this.position = 0;
      const left = size - this.position;
      if (left === 0) {
        this.#buffer = NOTHING;
        return '';
      }
      await this.#fill(Math.min(want, left));
      const isAll = this.#filled >= left;
      const whole = this.#buffer.subarray(0, this.#filled).lastIndexOf(NEWLINE) + 1;
      if (whole > 0) {
        if (rulesOut) {
          this.#readAhead(this.position + whole, Math.min(AHEAD_BYTES, left - whole));
          if (rulesOut(this.#buffer.subarray(0, whole))) this.position += whole;
        }
        want = AHEAD_BYTES / 4;
        continue;
      }
      if (this.#filled < MAX_LINE_BYTES && !(isAll && finished)) {
        if (isAll || this.#filled === 0) return '';
        continue;
      }
      this.position += this.#filled;
      return `${this.#buffer.toString('latin1', 0, this.#filled)}\n`;
    }
  }

  /** Whole lines of what was read ahead, '' when there is none. */
  #buffered(): string {
    const start = this.position - this.#filledFrom;
    if (start < 0 || start >= this.#filled) return '';
    const ahead = this.#buffer.subarray(start, this.#filled);
    const end = ahead.lastIndexOf(NEWLINE, TEXT_BYTES - 1) + 1 || ahead.indexOf(NEWLINE) + 1;
    this.position += end;
    return ahead.toString('latin1', 0, end);
  }

  #readAhead(from: number, bytes: number): void {
    if (bytes === 0) return;
    const buffer = this.#spare.length < bytes ? Buffer.allocUnsafeSlow(AHEAD_BYTES) : this.#spare;
    this.#spare = NOTHING;
    const filled = this.#readInto(buffer, from, bytes);
    // Told when it is asked for.
    filled.catch(() => {});
    this.#ahead = { from, buffer, filled };
  }

  async #fill(bytes: number): Promise<void> {
    const ahead = this.#ahead;
    this.#ahead = null;
    const aheadFilled = await ahead?.filled;
    if (ahead) this.#spare = ahead.buffer;
    if (ahead && aheadFilled && ahead.from === this.position) {
      this.#spare = this.#buffer;
      this.#buffer = ahead.buffer;
      this.#filledFrom = ahead.from;
      this.#filled = aheadFilled;
      return;
    }
    if (this.#buffer.length < bytes) this.#buffer = Buffer.allocUnsafeSlow(bytes);
    this.#filledFrom = this.position;
    this.#filled = 0;
    this.#filled = await this.#readInto(this.#buffer, this.position, bytes);
  }

  /**
   * Blocks of whole lines before `end`, the last block first, each with its offset, until one reaches `floor`. Those that
   * are ruled out are left out.
   */
  async *backwards(
    end: number,
    floor = 0,
    rulesOut?: (block: Buffer) => boolean,
  ): AsyncGenerator<{ readonly text: string; readonly offset: number }> {
    let to = end;
    let size = BLOCK_BYTES / 4;
    // One memory for all of them: a new one for each block costs more than reading it.
    let memory = NOTHING;
    while (to > floor) {
      const from = Math.max(0, to - size);
      if (memory.length < to - from) memory = Buffer.allocUnsafeSlow(to - from);
      const block = memory.subarray(0, await this.#readInto(memory, from, to - from));
      const start = from === 0 ? 0 : block.indexOf(NEWLINE) + 1;
      // All of the block belongs to a line that starts before it.
      if (from > 0 && (start === 0 || start >= block.length)) {
        size *= 4;
        continue;
      }
      if (!rulesOut?.(block.subarray(start))) yield { text: block.toString('latin1', start), offset: from + start };
      to = from + start;
      size = BLOCK_BYTES;
    }
  }

  /**
   * Offset of the first line that is not earlier than `stamp`. Lines are in order of time unless the clock was set back;
   * then it is one of the offsets where later lines follow earlier ones.
   */
  async seek(stamp: string): Promise<number> {
    let low = 0;
    let high = await this.size();
    while (high - low > NEAR_BYTES) {
      const middle = low + Math.floor((high - low) / 2);
      const line = await this.#lineAfter(middle, high);
      if (!line || line.stamp >= stamp) high = middle;
      else low = line.offset;
    }
    const size = await this.size();
    while (low < size) {
      const text = (await this.#read(low, Math.min(BLOCK_BYTES, size - low))).toString('latin1');
      const { at, seen } = firstNotBefore(text, stamp);
      if (at >= 0) return low + at;
      low = seen > 0 ? low + seen : ((await this.#lineAfter(low, size))?.offset ?? size);
    }
    return size;
  }

  /** The first line with a time that starts after `offset` and before `end`. */
  async #lineAfter(offset: number, end: number): Promise<{ offset: number; stamp: string } | undefined> {
    let size = 4096;
    for (let from = offset; from < end; from += size, size = BLOCK_BYTES) {
      const text = (await this.#read(from, size + TIME_BYTES)).toString('latin1');
      for (let at = text.indexOf('\n'); at >= 0 && at < size; at = text.indexOf('\n', at + 1)) {
        const stamp = text.slice(at + 1, at + 1 + TIME_BYTES);
        if (from + at + 1 >= end) return undefined;
        if (isStamp(stamp)) return { offset: from + at + 1, stamp };
      }
    }
    return undefined;
  }

  async #read(from: number, length: number): Promise<Buffer> {
    const buffer = Buffer.allocUnsafe(length);
    return buffer.subarray(0, await this.#readInto(buffer, from, length));
  }

  async #readInto(buffer: Buffer, from: number, length: number): Promise<number> {
    let filled = 0;
    while (filled < length) {
      const { bytesRead } = await this.#handle.read(buffer, filled, length - filled, from + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    this.#stats.bytes += filled;
    return filled;
  }
}

/** Whether 24 characters look like the time that msvc writes; other text may have got into the file. */
export function isStamp(text: string): boolean {
  return text.length === TIME_BYTES && text[4] === '-' && text[10] === 'T' && text[23] === 'Z';
}

/** Whether a line of the service starts here, or a later piece of one. */
export function startsLine(text: string, at: number): boolean {
  const mark = text[at + MARK_AT];
  return mark === MARK.whole || mark === MARK.begin;
}

function firstNotBefore(text: string, stamp: string): { readonly at: number; readonly seen: number } {
  let seen = 0;
  for (let at = 0; at < text.length; ) {
    const own = text.slice(at, at + TIME_BYTES);
    if (isStamp(own) && own >= stamp) return { at, seen: at };
    const next = text.indexOf('\n', at) + 1;
    if (next === 0) break;
    seen = next;
    at = next;
  }
  return { at: -1, seen };
}
