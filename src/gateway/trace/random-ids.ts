/**
 * Random identifiers for many requests a second, ready to be put into a head: rendered some hundred at a time, so that
 * one costs a slice of a string. Owns the pools; not for secrets.
 */
import { randomFillSync } from 'node:crypto';

const COUNT = 256;
const HEX = Buffer.from('0123456789abcdef', 'latin1');

/** Lines of one form: `x` stands for a random digit, `y` for one of `89ab`. */
class Pool {
  readonly #length: number;
  /** Where in a line random digits stand, and which of them are `y`. */
  readonly #places: Uint8Array;
  readonly #isVariant: Uint8Array;
  /** A byte makes two digits. */
  readonly #bytes: Buffer;
  /** Holds what is the same in all lines from the beginning. */
  readonly #rendered: Buffer;
  #text = '';
  #position = 0;

  /** @param form in turns what is taken as it is, and digits */
  constructor(...form: readonly (readonly [fixed: string, digits: string])[]) {
    const line = form.map(([fixed, digits]) => fixed + digits).join('');
    const places: number[] = [];
    let at = 0;
    for (const [fixed, digits] of form) {
      at += fixed.length;
      for (const char of digits) {
        if (char === 'x' || char === 'y') places.push(at);
        at++;
      }
    }
    this.#length = line.length;
    this.#places = Uint8Array.from(places);
    this.#isVariant = Uint8Array.from(places, (place) => (line[place] === 'y' ? 1 : 0));
    this.#bytes = Buffer.alloc(Math.ceil((COUNT * places.length) / 2));
    this.#rendered = Buffer.from(line.repeat(COUNT), 'latin1');
  }

  next(): string {
    if (this.#position === this.#text.length) this.#fill();
    const start = this.#position;
    this.#position += this.#length;
    return this.#text.slice(start, this.#position);
  }

  #fill(): void {
    randomFillSync(this.#bytes);
    const [places, isVariant, bytes, rendered] = [this.#places, this.#isVariant, this.#bytes, this.#rendered];
    let digit = 0;
    for (let line = 0; line < rendered.length; line += this.#length) {
      for (let i = 0; i < places.length; i++, digit++) {
        const byte = bytes[digit >> 1]!;
        const random = (digit & 1) === 0 ? byte & 15 : byte >> 4;
        rendered[line + places[i]!] = HEX[isVariant[i] === 1 ? 8 + (random & 3) : random]!;
      }
    }
    this.#text = rendered.toString('latin1');
    this.#position = 0;
  }
}

const UUID = 'xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx';
const TRACE = 'x'.repeat(32);
const PARENT = 'x'.repeat(16);
/** Sampled (parent-based samplers would drop the trace otherwise), and a random trace id. */
const FLAGS = '-03';

const uuids = new Pool(['', UUID]);
const traceparents = new Pool(['00-', TRACE], ['-', PARENT], [FLAGS, '']);
const idLines = new Pool(
  ['X-Request-Id: ', UUID],
  ['\r\ntraceparent: 00-', TRACE],
  ['-', PARENT],
  [`${FLAGS}\r\n\r\n`, ''],
);

/** A UUID of version 4. */
export function randomUuid(): string {
  return uuids.next();
}

/** The value of a `traceparent` that begins a trace. */
export function randomTraceparent(): string {
  return traceparents.next();
}

/** Both as field lines, and the empty line after them: the end of most heads. */
export function freshIdLines(): string {
  return idLines.next();
}
