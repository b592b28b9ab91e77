/**
 * The last output of one launch, for "it exited, and this is what it said". Owns a bounded piece of text; splits it
 * into lines only when asked, since a flood writes here and hardly anybody reads.
 */

/** Kept at least, of what was said. */
const KEPT_BYTES = 16 * 1024;

export class Tail {
  #parts: string[] = [];
  #bytes = 0;

  /** Whole lines, one character a byte, the last one without its newline. */
  push(lines: string): void {
    this.#parts.push(lines, '\n');
    this.#bytes += lines.length + 1;
    if (this.#bytes > 4 * KEPT_BYTES) {
      const kept = this.#parts.join('').slice(-KEPT_BYTES);
      this.#parts = [kept];
      this.#bytes = kept.length;
    }
  }

  clear(): void {
    this.#parts = [];
    this.#bytes = 0;
  }

  /** The last lines, oldest first, one character a byte; a very long one may lack its beginning. */
  last(count: number): string[] {
    const text = this.#parts.join('');
    const lines: string[] = [];
    let end = text.length - 1;
    while (end >= 0 && lines.length < count) {
      const start = end === 0 ? 0 : text.lastIndexOf('\n', end - 1) + 1;
      lines.push(text.slice(start, end));
      end = start - 1;
    }
    return lines.reverse();
  }
}
