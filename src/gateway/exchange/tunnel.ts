/**
 * Bytes both ways after 101, with backpressure and half-close: what one side ended the other may still answer. Ends when
 * both have ended and the kernel has taken what was sent to them, or at once when one breaks. A socket whose both
 * directions are through closes by itself, which is no break: the other one may still be at it.
 */
import type { Socket } from 'node:net';
import { monotonicMs } from '../io/clock.ts';
import { Intake } from '../io/intake.ts';
import { endSending, resetSocket, sendBytes } from '../io/send.ts';

export class Tunnel {
  readonly #client: Socket;
  readonly #upstream: Socket;
  readonly #idleMs: number;
  #clientEnded = false;
  #upstreamEnded = false;
  /** Of both sides, once both have ended. */
  #intakes: readonly Intake[] | null = null;
  #deadline = 0;

  /**
   * @param idleMs how long a side may take nothing of what is left for it once both have ended; then both are reset
   * @param onOver both have ended, and everything is sent
   */
  constructor(client: Socket, upstream: Socket, idleMs: number, onOver: () => void) {
    this.#client = client;
    this.#upstream = upstream;
    this.#idleMs = idleMs;
    const look = (): void => {
      if (client.writableFinished && upstream.writableFinished) onOver();
    };
    client.once('finish', look);
    upstream.once('finish', look);
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

  clientEnd(): void {
    this.#clientEnded = true;
    this.#endSending(this.#upstream);
  }

  upstreamEnd(): void {
    this.#upstreamEnded = true;
    this.#endSending(this.#client);
  }

  /** Of the client's socket when it is closed: it was through with both directions, rather than broken. */
  get isClientThrough(): boolean {
    return this.#clientEnded && this.#client.writableFinished;
  }

  /** Looks whether what is left is still taken. @param now as `monotonicMs` tells it */
  sweep(now: number): void {
    if (this.#intakes === null || now < this.#deadline) return;
    this.#deadline = now + this.#idleMs;
    const going = this.#intakes.filter((intake) => intake.goesOn());
    if (going.length > 0) return;
    // Neither side may take what it got for all there is.
    resetSocket(this.#client);
    resetSocket(this.#upstream);
  }

  #endSending(socket: Socket): void {
    endSending(socket);
    if (!this.#clientEnded || !this.#upstreamEnded) return;
    this.#intakes = [new Intake(this.#client), new Intake(this.#upstream)];
    this.#deadline = monotonicMs() + this.#idleMs;
  }
}
