/**
 * What an instance that can be attached to says, for those who listen. Owns the listeners and the line that is not
 * complete yet, so that who comes later sees the prompt that waits.
 */
import type { Writable } from 'node:stream';
import type { StreamName } from '../logs/line-format.ts';

/** Into the input of an instance. Resolves when it may be given more; what it does not take any more is lost. */
export function writeInput(input: Writable, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => {
    if (input.writable) input.write(bytes, () => resolve());
    else resolve();
  });
}

type Listener = (stream: StreamName, bytes: Buffer) => void;

/** A prompt is shorter; a bar that is drawn over and over again without a newline is not kept whole. */
const MAX_OPEN_BYTES = 4096;
const NEWLINE = 10;

export class StdioOutput {
  readonly #listeners = new Set<Listener>();
  #open: Buffer = Buffer.alloc(0);

  /** @param chunk is copied */
  take(stream: StreamName, chunk: Buffer): void {
    const bytes = Buffer.from(chunk);
    for (const listener of this.#listeners) listener(stream, bytes);
    if (stream !== 'stdout') return;
    const newline = bytes.lastIndexOf(NEWLINE);
    const open = newline < 0 ? Buffer.concat([this.#open, bytes]) : bytes.subarray(newline + 1);
    this.#open = Buffer.from(open.subarray(-MAX_OPEN_BYTES));
  }

  /** @returns what stops it */
  listen(listener: Listener): () => void {
    // Wrapped: the same function may listen twice.
    const own: Listener = (stream, bytes) => listener(stream, bytes);
    if (this.#open.length > 0) own('stdout', this.#open);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }
}
