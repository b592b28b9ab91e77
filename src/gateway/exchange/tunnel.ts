/**
 * Bytes both ways after 101, with backpressure and half-close: what one side ended the other may still answer. Ends
 * when both have, or at once when one breaks.
 */
import type { Socket } from 'node:net';
import { endSending, sendBytes } from '../io/send.ts';

export class Tunnel {
  readonly #client: Socket;
  readonly #upstream: Socket;
  #clientEnded = false;
  #upstreamEnded = false;

  constructor(client: Socket, upstream: Socket) {
    this.#client = client;
    this.#upstream = upstream;
  }

  fromClient(buffer: Buffer, start: number, end: number): void {
    if (!sendBytes(this.#upstream, buffer, start, end)) this.#client.pause();
  }

  fromUpstream(buffer: Buffer, start: number, end: number): void {
    if (!sendBytes(this.#client, buffer, start, end)) this.#upstream.pause();
  }

  clientDrained(): void {
    this.#upstream.resume();
  }

  upstreamDrained(): void {
    this.#client.resume();
  }

  /** @returns whether both sides have ended */
  clientEnd(): boolean {
    this.#clientEnded = true;
    endSending(this.#upstream);
    return this.#upstreamEnded;
  }

  /** @returns whether both sides have ended */
  upstreamEnd(): boolean {
    this.#upstreamEnded = true;
    endSending(this.#client);
    return this.#clientEnded;
  }
}
