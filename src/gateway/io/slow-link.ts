/**
 * Lets bytes come off a connection at a given rate: little is read at once, then nothing until the time for it is over, so
 * that whoever sends is held back as by a slow line. Owns the timer until then.
 */
import type { Socket } from 'node:net';
import { monotonicMs } from './clock.ts';

/** How much is read at once: what comes in this part of a second. */
const PIECE = 1 / 20;
const LARGEST_PIECE = 16 * 1024;

export class SlowLink {
  /** What is read at most at once. */
  readonly pieceBytes: number;
  readonly #bytesPerSecond: number;
  /** When all that was read would have come. */
  #dueAt = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param bytesPerSecond above 0 */
  constructor(bytesPerSecond: number) {
    this.#bytesPerSecond = bytesPerSecond;
    this.pieceBytes = Math.max(1, Math.min(LARGEST_PIECE, Math.floor(bytesPerSecond * PIECE)));
  }

  /** So many bytes were read, and have been handed on. */
  passed(socket: Socket, bytes: number): void {
    clearTimeout(this.#timer);
    const now = monotonicMs();
    this.#dueAt = Math.max(now, this.#dueAt) + (bytes * 1_000) / this.#bytesPerSecond;
    // Their taker has enough for now, and resumes the socket itself.
    if (socket.isPaused()) return;
    socket.pause();
    this.#timer = setTimeout(() => socket.resume(), this.#dueAt - now);
  }

  close(): void {
    clearTimeout(this.#timer);
  }
}
