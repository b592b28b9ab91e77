/**
 * The output of a container as the engine streams it: without a terminal both streams come in one, in frames of an
 * 8-byte head (stream, 3 empty bytes, length) and a body; with one it comes as it is. Keeps an unfinished frame.
 * https://docs.docker.com/reference/api/engine/ (ContainerAttach, Stream format)
 */
import type { StreamName } from '../../logs/line-format.ts';

export type Sink = (stream: StreamName, chunk: Buffer) => void;

const HEAD_BYTES = 8;

export class Demultiplexer {
  readonly #sink: Sink;
  #head = Buffer.alloc(0);
  #stream: StreamName = 'stdout';
  #left = 0;

  constructor(sink: Sink) {
    this.#sink = sink;
  }

  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#left === 0) {
        const wanted = HEAD_BYTES - this.#head.length;
        this.#head = Buffer.concat([this.#head, chunk.subarray(at, at + wanted)]);
        at += wanted;
        if (this.#head.length < HEAD_BYTES) return;
        this.#stream = this.#head[0] === 2 ? 'stderr' : 'stdout';
        this.#left = this.#head.readUInt32BE(4);
        this.#head = Buffer.alloc(0);
        continue;
      }
      const body = chunk.subarray(at, at + this.#left);
      at += body.length;
      this.#left -= body.length;
      this.#sink(this.#stream, body);
    }
  }
}

/** @returns what takes the chunks of the stream */
export function outputReader(tty: boolean, sink: Sink): (chunk: Buffer) => void {
  if (tty) return (chunk) => sink('stdout', chunk);
  const demultiplexer = new Demultiplexer(sink);
  return (chunk) => demultiplexer.push(chunk);
}
