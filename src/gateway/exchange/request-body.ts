/**
 * Follows the framing of one request body and hands its bytes on as they are (chunk extensions cut). Owns where the body
 * ends; holds no bytes.
 */
import { ChunkedReader, type ChunkSink } from '../http/chunked.ts';
import { reservedLines } from '../stages/auth.ts';
import type { ClientSide } from './client-side.ts';
import type { GatewayContext } from './context.ts';

export type BodyError = 'malformed' | 'too-large';

export class RequestBody {
  readonly #sink: ChunkSink;
  /** 0 = no limit. */
  readonly #maxBytes: number;
  #remaining: number;
  readonly #chunks: ChunkedReader | null;

  constructor({ head, listener }: ClientSide, { limits, matcher }: GatewayContext, sink: ChunkSink) {
    this.#sink = sink;
    this.#maxBytes = limits.bodyBytes;
    this.#remaining = Math.max(0, head.contentLength);
    this.#chunks = head.chunked ? new ChunkedReader(true, true, sink, reservedLines(matcher, listener)) : null;
  }

  get done(): boolean {
    return this.#chunks === null ? this.#remaining === 0 : this.#chunks.done;
  }

  /** Reads `buffer[start, length)`. @returns where the body's bytes end in the buffer, or what is wrong */
  feed(buffer: Buffer, start: number, length: number): number | BodyError {
    if (this.#chunks === null) {
      const end = Math.min(length, start + this.#remaining);
      this.#remaining -= end - start;
      if (end > start) this.#sink.bytes(buffer, start, end);
      return end;
    }
    const end = this.#chunks.feed(buffer, start, length);
    if (end === -1) return 'malformed';
    return this.#maxBytes > 0 && this.#chunks.dataBytes > this.#maxBytes ? 'too-large' : end;
  }
}
