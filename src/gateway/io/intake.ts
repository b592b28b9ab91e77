/**
 * Whether the other side of a connection goes on taking what was sent to it, asked now and then: that tells a slow reader
 * from one that has stopped. Owns what it had taken when that was asked last.
 */
import type { Socket } from 'node:net';

export class Intake {
  readonly #socket: Socket;
  #taken = -1;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** @returns whether it has taken anything since it was last asked; true the first time */
  goesOn(): boolean {
    const taken = this.#socket.bytesWritten - this.#socket.writableLength;
    const before = this.#taken;
    this.#taken = taken;
    return taken !== before;
  }
}
