/**
 * A socket that outlives a failed write for a moment. An upstream may answer early and close while a body is still
 * being written to it: the answer then waits in the receive queue, and destroying the socket at the write's error, as
 * Node does, would lose it.
 */
import { Socket } from 'node:net';

/** How long an answer may take to be read after the write failed. */
const PATIENCE_MS = 500;

export class PatientSocket extends Socket {
  /** Called once when writing has failed and reading goes on. */
  onWriteFailed: (() => void) | null = null;
  #timer: NodeJS.Timeout | null = null;

  override destroy(error?: Error): this {
    const failure = error as NodeJS.ErrnoException | undefined;
    if (failure?.syscall === 'write' && this.onWriteFailed && !this.#timer && !this.readableEnded) {
      this.#timer = setTimeout(() => super.destroy(error), PATIENCE_MS);
      this.onWriteFailed();
      return this;
    }
    if (this.#timer) clearTimeout(this.#timer);
    return super.destroy(error);
  }
}
