/**
 * An HTTP/2 stream that looks like a connection with one HTTP/1.1 message in each direction. What is written to it is
 * taken apart and becomes frames, what frames bring is read from it as text and chunks: so whatever holds for a request
 * (routes, balancing, retries, faults, limits) holds for HTTP/2 without a second way through the gateway.
 */
import { constants, type Http2Stream } from 'node:http2';
import { Duplex } from 'node:stream';
import { fieldLines } from './header-lists.ts';
import { type MessageEvents, MessageReader } from './message-reader.ts';
import { resetOutsideReading } from './outside-reading.ts';

export abstract class VirtualSocket extends Duplex implements MessageEvents {
  connecting = false;
  /** As a PatientSocket has it; a stream tells by its close. */
  onWriteFailed: (() => void) | null = null;
  protected stream: Http2Stream | null = null;
  readonly #reader: MessageReader;
  /** What is read comes in chunks. */
  #isChunked = false;
  #trailers = '';
  #passedOn = 0;
  /** The write that waits for the stream to drain. */
  #blocked: (() => void) | null = null;

  constructor(isBodyless: () => boolean) {
    super({ allowHalfOpen: true });
    this.#reader = new MessageReader(this, isBodyless);
  }

  abstract onHead(head: string, isLast: boolean, isInterim: boolean): void;

  onData(data: Buffer): void {
    // The memory is only lent, and the stream holds on to it.
    this.stream?.write(Buffer.from(data));
  }

  onEnd(trailers: string): void {
    this.#trailers = trailers;
    this.stream?.end();
  }

  /** Trailers that wait for the end of the data, as field lines. */
  protected get trailers(): string {
    return this.#trailers;
  }

  /** Puts a head in front of what the stream brings. */
  protected startMessage(head: string, isChunked: boolean): void {
    this.#isChunked = isChunked;
    this.push(Buffer.from(head, 'latin1'));
  }

  /** From now on the frames of the stream are read from this socket. */
  protected readFrames(stream: Http2Stream): void {
    let trailers = '';
    const ending = watchEnd(stream);
    stream.on('data', (data: Buffer) => {
      const more = this.#isChunked ? this.push(framed(data)) : this.push(data);
      if (!more) stream.pause();
    });
    stream.on('trailers', (_fields: unknown, _flags: number, raw: unknown) => {
      trailers = fieldLines(raw as readonly string[]);
    });
    stream.on('end', () => {
      // Node lets streams that were broken off end, too.
      if (this.destroyed || stream.rstCode || ending.isCut) return;
      if (this.#isChunked) this.push(Buffer.from(`0\r\n${trailers}\r\n`, 'latin1'));
      if (this.endsWithStream) this.push(null);
    });
    stream.on('drain', () => {
      const blocked = this.#blocked;
      this.#blocked = null;
      blocked?.();
    });
    stream.on('error', () => {});
    stream.on('close', () => {
      // What has been read of a stream that ended well is still to be taken from here.
      const hasEnded = stream.readableEnded && !stream.rstCode && !ending.isCut;
      if (!this.endsWithStream || !hasEnded) this.destroy();
    });
  }

  /** As a socket has it: with what waits here. */
  get bytesWritten(): number {
    return this.#passedOn + this.writableLength;
  }

  override _read(): void {
    this.stream?.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (!this.#reader.feed(chunk)) {
      done(new Error('not a message'));
      return;
    }
    if (this.stream?.writableNeedDrain) this.#blocked = () => this.#pass(chunk.length, done);
    else this.#pass(chunk.length, done);
  }

  #pass(bytes: number, done: () => void): void {
    this.#passedOn += bytes;
    done();
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#reader.close();
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    const { stream } = this;
    if (stream && !this.isDone) resetOutsideReading(stream, this.closeCode);
    done(error);
  }

  /** What a stream that is left before its end is told. */
  protected abstract readonly closeCode: number;
  /** The other side's end is an end of this socket too, as a FIN is. */
  protected abstract readonly endsWithStream: boolean;
  /** The stream ends by itself. */
  protected abstract readonly isDone: boolean;

  resetAndDestroy(): this {
    if (this.stream) resetOutsideReading(this.stream, constants.NGHTTP2_INTERNAL_ERROR);
    return this.destroy();
  }

  setNoDelay(): this {
    return this;
  }
}

/**
 * Whether a stream is at its end by a RST_STREAM, though one without an error (RFC 9113 8.1: what came is not whole). Node
 * pushes the end then as it does at END_STREAM, but closes the stream before.
 */
function watchEnd(stream: Http2Stream): { readonly isCut: boolean } {
  const ending = { isCut: false };
  let isOver = stream.endAfterHeaders;
  const push = stream.push.bind(stream);
  stream.push = (chunk, encoding) => {
    if (chunk === null && !isOver) {
      isOver = true;
      ending.isCut = stream.closed;
    }
    return push(chunk, encoding);
  };
  return ending;
}

function framed(data: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${data.length.toString(16)}\r\n`, 'latin1'), data, Buffer.from('\r\n', 'latin1')]);
}
