/**
 * A picture of lines, boxes and words in character cells. Lines that meet are joined; a line that only crosses another
 * one is drawn as a crossing. Words cover lines. Owns its cells.
 */
import type { Colour, Style } from '../../style.ts';

const [NORTH, EAST, SOUTH, WEST] = [1, 2, 4, 8] as const;
/** By the directions in which lines leave the cell, as bits. */
const JOINTS: readonly string[] = [' ', '│', '─', '╰', '│', '│', '╭', '├', '─', '╯', '─', '┴', '╮', '┤', '┬', '┼'];
/** Where two lines share a cell the graver one is seen. */
const GRAVITY: readonly (Colour | undefined)[] = ['dim', undefined, 'green', 'yellow', 'red'];

interface Word {
  readonly text: string;
  readonly paint: (text: string) => string;
}

export class Canvas {
  readonly width: number;
  readonly height: number;
  readonly #joints: Uint8Array;
  readonly #gravity: Uint8Array;
  /** The word that begins in a cell; null in the cells that it covers. */
  readonly #words = new Map<number, Word | null>();

  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
    this.#joints = new Uint8Array(width * height);
    this.#gravity = new Uint8Array(width * height);
  }

  /** Both ends included. */
  horizontal(y: number, from: number, to: number, colour: Colour | undefined): void {
    const [left, right] = [Math.min(from, to), Math.max(from, to)];
    for (let x = left; x <= right; x++) this.#join(x, y, (x > left ? WEST : 0) | (x < right ? EAST : 0), colour);
  }

  vertical(x: number, from: number, to: number, colour: Colour | undefined): void {
    const [top, bottom] = [Math.min(from, to), Math.max(from, to)];
    for (let y = top; y <= bottom; y++) this.#join(x, y, (y > top ? NORTH : 0) | (y < bottom ? SOUTH : 0), colour);
  }

  /** Plain text without escape sequences, every character one column wide. */
  write(x: number, y: number, text: string, paint: (text: string) => string): void {
    for (let at = 1; at < text.length; at++) this.#words.set(y * this.width + x + at, null);
    this.#words.set(y * this.width + x, { text, paint });
  }

  rows(style: Style): string[] {
    return Array.from({ length: this.height }, (_, y) => this.#row(y, style));
  }

  #row(y: number, style: Style): string {
    let row = '';
    let run = '';
    let colour: Colour | undefined;
    const flush = (): void => {
      row += style.paint(colour, run);
      run = '';
    };
    for (let x = 0; x < this.width; x++) {
      const at = y * this.width + x;
      const word = this.#words.get(at);
      if (word === null) continue;
      if (word) {
        flush();
        row += word.paint(word.text);
        continue;
      }
      const next = GRAVITY[this.#gravity[at]!];
      if (next !== colour && this.#joints[at] !== 0) {
        flush();
        colour = next;
      }
      run += JOINTS[this.#joints[at]!];
    }
    flush();
    return row.trimEnd();
  }

  #join(x: number, y: number, bits: number, colour: Colour | undefined): void {
    const at = y * this.width + x;
    this.#joints[at]! |= bits;
    this.#gravity[at] = Math.max(this.#gravity[at]!, GRAVITY.indexOf(colour));
  }
}
