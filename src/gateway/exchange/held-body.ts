import { keepBytes } from '../io/lent-buffer.ts';

/**
 * The part of a request body that an instance may have to be sent again, or that nobody has been sent yet. Owns the
 * pieces; bounded, and forgotten as soon as a repetition is out of the question.
 */
const NONE: readonly Buffer[] = [];

export class HeldBody {
  readonly #limitBytes: number;
  #pieces: Buffer[] | null = null;
  #bytes = 0;
  /** Everything that came of the body so far is here. */
  isWhole = true;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  get pieces(): readonly Buffer[] {
    return this.#pieces ?? NONE;
  }

  get isFull(): boolean {
    return this.#bytes >= this.#limitBytes;
  }

  /** Holds what has not been sent; the caller stops reading when it is full. */
  hold(buffer: Buffer, start: number, end: number): void {
    this.#pieces ??= [];
    this.#pieces.push(keepBytes(buffer, start, end));
    this.#bytes += end - start;
  }

  /** Keeps what has been sent, while it is small enough to be sent again. */
  keep(buffer: Buffer, start: number, end: number): void {
    if (!this.isWhole) return;
    if (this.#bytes + end - start > this.#limitBytes) this.drop();
    else this.hold(buffer, start, end);
    if (this.#pieces === null) this.isWhole = false;
  }

  drop(): void {
    if (this.#pieces !== null) this.isWhole = false;
    this.#pieces = null;
    this.#bytes = 0;
  }
}
