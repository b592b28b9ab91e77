/**
 * The last lines of all services in the compact form they have on disk: bytes in large blocks and a few numbers a
 * line, no object and no string each. Owns at least the last 100,000 lines unless they are so long that `MAX_BYTES`
 * comes first. Lines have numbers that never change; what is dropped is the oldest block.
 */
import type { LogSlot } from '../../../runtime/logs/file-names.ts';
import {
  fromBytes,
  type LogStream,
  PREFIX_BYTES,
  STREAM_AT,
  streamOfByte,
  TIME_BYTES,
} from '../../../runtime/logs/line-format.ts';

export interface LogLine {
  readonly number: number;
  readonly service: string;
  readonly replica: number;
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly stream: LogStream;
  /** As the service wrote it, escape sequences included; of a very long one at least the first `LINE_BYTES`. */
  readonly text: string;
}

const BLOCK_BYTES = 512 * 1024;
const BLOCK_LINES = 4096;
const MAX_LINES = 200_000;
const MAX_BYTES = 48 * 1024 * 1024;
export const LINE_BYTES = 32 * 1024;
const NEWLINE = 10;

interface Block {
  readonly bytes: Buffer;
  /** Where each line ends, after its newline. */
  readonly ends: Uint32Array;
  readonly slots: Uint16Array;
  readonly first: number;
  count: number;
  filled: number;
}

export class LogStore {
  readonly #blocks: Block[] = [];
  readonly #slots: LogSlot[] = [];
  readonly #slotNumbers = new Map<string, number>();
  #bytes = 0;

  /** Number of the oldest line that is kept. */
  get first(): number {
    return this.#blocks[0]?.first ?? 0;
  }

  /** Number of the next line to come. */
  get end(): number {
    const last = this.#blocks.at(-1);
    return last ? last.first + last.count : 0;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get slots(): readonly LogSlot[] {
    return this.#slots;
  }

  /** @param text whole lines as on disk, one character a byte, each with its newline; no pieces of lines */
  append(slot: LogSlot, text: string): void {
    const number = this.#slotNumber(slot);
    for (let at = 0; at < text.length; ) {
      const block = this.#room(Math.min(text.length - at, LINE_BYTES));
      const wanted = Math.min(text.length - at, block.bytes.length - block.filled);
      const written = block.bytes.write(text.slice(at, at + wanted), block.filled, 'latin1');
      const taken = this.#index(block, number, block.filled + written);
      if (taken > 0) at += taken;
      // A line longer than the room for one: its beginning is kept.
      else at = this.#cut(block, number, text, at);
    }
  }

  /** @returns undefined when it is not kept any more, or not there yet */
  line(number: number): LogLine | undefined {
    const block = this.#blockOf(number);
    if (!block) return undefined;
    const index = number - block.first;
    const from = index === 0 ? 0 : block.ends[index - 1]!;
    const to = block.ends[index]! - 1;
    const stream = streamOfByte(block.bytes[from + STREAM_AT] ?? 0);
    const isOurs = stream !== undefined && to - from >= PREFIX_BYTES && block.bytes[from + TIME_BYTES - 1] === 0x5a;
    const end = to > from && block.bytes[to - 1] === 13 ? to - 1 : to;
    const { service, replica } = this.#slots[block.slots[index]!]!;
    return {
      number,
      service,
      replica,
      time: isOurs ? Date.parse(block.bytes.toString('latin1', from, from + TIME_BYTES)) : 0,
      stream: stream ?? 'stdout',
      text: fromBytes(block.bytes.toString('latin1', isOurs ? from + PREFIX_BYTES : from, Math.max(from, end))),
    };
  }

  /** Which service's replica wrote it, without decoding the line. */
  slotOf(number: number): LogSlot | undefined {
    const block = this.#blockOf(number);
    return block ? this.#slots[block.slots[number - block.first]!] : undefined;
  }

  /**
   * Numbers of the lines around `number` that lie in one block, and whether bytes occur anywhere in it: a search skips
   * whole blocks.
   */
  blockAround(
    number: number,
  ): { readonly first: number; readonly end: number; has(bytes: Buffer): boolean } | undefined {
    const block = this.#blockOf(number);
    if (!block) return undefined;
    return {
      first: block.first,
      end: block.first + block.count,
      has: (bytes) => block.bytes.subarray(0, block.filled).includes(bytes),
    };
  }

  #slotNumber(slot: LogSlot): number {
    const key = `${slot.service}.${slot.replica}`;
    let number = this.#slotNumbers.get(key);
    if (number === undefined) {
      number = this.#slots.push({ service: slot.service, replica: slot.replica }) - 1;
      this.#slotNumbers.set(key, number);
    }
    return number;
  }

  /** Notes the whole lines up to `to`. @returns how many bytes they are */
  #index(block: Block, slot: number, to: number): number {
    const from = block.filled;
    for (;;) {
      if (block.count === BLOCK_LINES) break;
      const end = block.bytes.subarray(block.filled, to).indexOf(NEWLINE) + 1;
      if (end === 0) break;
      block.filled += end;
      block.ends[block.count] = block.filled;
      block.slots[block.count] = slot;
      block.count++;
    }
    this.#bytes += block.filled - from;
    return block.filled - from;
  }

  #cut(block: Block, slot: number, text: string, at: number): number {
    const next = text.indexOf('\n', at) + 1 || text.length;
    const room = block.bytes.length - block.filled;
    if (room >= Math.min(next - at, LINE_BYTES)) {
      const kept = `${text.slice(at, at + Math.min(next - at, LINE_BYTES) - 1)}\n`;
      this.#index(block, slot, block.filled + block.bytes.write(kept, block.filled, 'latin1'));
      return next;
    }
    this.#open();
    return at;
  }

  #room(bytes: number): Block {
    const last = this.#blocks.at(-1);
    const isRoomy = last && last.count < BLOCK_LINES && last.bytes.length - last.filled >= bytes;
    return isRoomy ? last : this.#open();
  }

  #open(): Block {
    const block: Block = {
      bytes: Buffer.allocUnsafeSlow(BLOCK_BYTES),
      ends: new Uint32Array(BLOCK_LINES),
      slots: new Uint16Array(BLOCK_LINES),
      first: this.end,
      count: 0,
      filled: 0,
    };
    this.#blocks.push(block);
    while (this.#isOverfull()) this.#bytes -= this.#blocks.shift()!.filled;
    return block;
  }

  #isOverfull(): boolean {
    const [oldest] = this.#blocks;
    if (!oldest || this.#blocks.length < 3) return false;
    return this.end - oldest.first - oldest.count >= MAX_LINES || this.#blocks.length * BLOCK_BYTES > MAX_BYTES;
  }

  #blockOf(number: number): Block | undefined {
    let low = 0;
    let high = this.#blocks.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const block = this.#blocks[middle]!;
      if (number < block.first) high = middle - 1;
      else if (number >= block.first + block.count) low = middle + 1;
      else return block;
    }
    return undefined;
  }
}
