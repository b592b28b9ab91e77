/** One end of a stream on which what one turn of the event loop says leaves in one write. Owns the text that waits for that. */
import type { Socket } from 'node:net';

export class TurnWriter {
  readonly #socket: Socket;
  readonly #beforeSent: (() => void) | undefined;
  #waiting = '';

  /** @param beforeSent called when what has waited is about to be sent */
  constructor(socket: Socket, beforeSent?: () => void) {
    this.#socket = socket;
    this.#beforeSent = beforeSent;
  }

  /** Given and not yet taken by the system, about: characters of what waits, bytes of the rest. */
  get backlog(): number {
    return this.#socket.writableLength + this.#waiting.length;
  }

  /** With the rest of this turn. */
  add(text: string): void {
    if (this.#waiting === '') setImmediate(() => this.flush());
    this.#waiting += text;
  }

  /** Now, after all that waits. */
  send(text: string): void {
    const whole = this.#take() + text;
    if (this.#socket.writable) this.#socket.write(whole);
  }

  flush(): void {
    if (this.#waiting !== '') this.send('');
  }

  #take(): string {
    if (this.#waiting !== '') this.#beforeSent?.();
    const text = this.#waiting;
    this.#waiting = '';
    return text;
  }
}
