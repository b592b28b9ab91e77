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
  hold(piece: Buffer): void {
    this.#pieces ??= [];
    this.#pieces.push(piece);
    this.#bytes += piece.length;
  }

  /** Keeps what has been sent, while it is small enough to be sent again. */
  keep(piece: Buffer): void {
    if (!this.isWhole) return;
    if (this.#bytes + piece.length > this.#limitBytes) this.drop();
    else this.hold(piece);
    if (this.#pieces === null) this.isWhole = false;
  }

  drop(): void {
    if (this.#pieces !== null) this.isWhole = false;
    this.#pieces = null;
    this.#bytes = 0;
  }
}
