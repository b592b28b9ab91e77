/**
 * The lines that stand on the terminal, and how to get from them to others with the fewest bytes: only lines that
 * differ are written, all of them in one synchronized update. Owns what was last written. Writing to a terminal waits
 * until its driver has taken all of it, as Node does it.
 */
import { BEGIN_UPDATE, END_UPDATE } from './modes.ts';

export interface Sink {
  write(text: string): unknown;
}

export class Screen {
  readonly #sink: Sink;
  #shown: readonly string[] = [];

  constructor(sink: Sink) {
    this.#sink = sink;
  }

  /** What is on the terminal is not known any more (entered, resized, another program had it). */
  forget(): void {
    this.#shown = [];
  }

  /**
   * @param behind is called for what is to be sent behind them, where there are any
   * @returns how many lines were written
   */
  draw(lines: readonly string[], behind: () => string = () => ''): number {
    const parts: string[] = [];
    for (let row = 0; row < lines.length; row++) {
      const line = lines[row]!;
      // The rest of the line is cleared first: a cleared cell keeps no colour, and nothing flickers between the two.
      if (line !== this.#shown[row]) parts.push(`\x1b[${row + 1};1H\x1b[0m\x1b[K${line}`);
    }
    if (lines.length < this.#shown.length) parts.push(`\x1b[${lines.length + 1};1H\x1b[0m\x1b[J`);
    this.#shown = lines;
    if (parts.length === 0) return 0;
    this.#sink.write(`${BEGIN_UPDATE}${parts.join('')}\x1b[0m${END_UPDATE}${behind()}`);
    return parts.length;
  }
}
