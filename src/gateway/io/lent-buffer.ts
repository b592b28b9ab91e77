/**
 * The memory that sockets read into. All of them share one buffer: what a read gives is only lent until its callback
 * returns, and whoever needs it longer copies it (`keepBytes`). A socket that reads much gets a buffer of its own, out
 * of which bodies are written without a copy; when such a write cannot be finished at once, the buffer is left to it
 * (`leave`) and the socket gets another.
 */
const SIZE = 64 * 1024;
/** A read of this much means that a body is under way; one of less than SMALL that it is over. */
const MUCH = SIZE / 2;
const SMALL = 8 * 1024;

/** Overwritten by the next read of any socket of this thread. */
export const SHARED = Buffer.allocUnsafeSlow(SIZE);

/** Buffers out of which bytes wait to be written. */
const left = new WeakSet<Buffer>();

export function leave(buffer: Buffer): void {
  left.add(buffer);
}

/** Bytes to hold on to after the callback that they were lent to. */
export function keepBytes(buffer: Buffer, start: number, end: number): Buffer {
  return Buffer.from(buffer.subarray(start, end));
}

/** Which buffer one socket reads into. */
export class Lender {
  #own: Buffer | null = null;
  #read = 0;

  /** Notes how much the last read gave. */
  noteRead(bytes: number): void {
    this.#read = bytes;
  }

  /** @returns the buffer for the next read when it is another one, else null */
  next(): Buffer | null {
    if (this.#own === null) {
      if (this.#read < MUCH) return null;
      this.#own = Buffer.allocUnsafeSlow(SIZE);
      return this.#own;
    }
    if (this.#read < SMALL) {
      this.#own = null;
      return SHARED;
    }
    if (!left.has(this.#own)) return null;
    this.#own = Buffer.allocUnsafeSlow(SIZE);
    return this.#own;
  }
}
