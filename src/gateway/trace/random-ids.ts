/**
 * Random identifiers for many requests a second, ready to be put into a head: rendered some hundred at a time, so that
 * one costs a slice of a string. Owns the pools; not for secrets.
 */
import { randomFillSync } from 'node:crypto';

const COUNT = 256;
/** The two hexadecimal digits of each byte, one after the other. */
const HEX = Buffer.from(
  Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0')).join(''),
  'latin1',
);

/** A line with random bytes in it, each written as two digits. */
interface Form {
  /** Two digits stand wherever two `x` do. */
  readonly line: string;
  /** Bits of single bytes that are not random: [which of the bytes, bits kept, bits set]. */
  readonly fixed: readonly (readonly [byte: number, kept: number, set: number])[];
}

class Pool {
  readonly #length: number;
  /** Where in a line the digits of each byte stand. */
  readonly #places: Uint16Array;
  readonly #fixed: Form['fixed'];
  readonly #bytes: Buffer;
  /** Holds what is the same in all lines from the beginning. */
  readonly #rendered: Buffer;
  #text = '';
  #position = 0;

  constructor({ line, fixed }: Form) {
    this.#length = line.length;
    this.#places = Uint16Array.from(line.matchAll(/xx/g), ({ index }) => index);
    this.#fixed = fixed;
    this.#bytes = Buffer.alloc(COUNT * this.#places.length);
    this.#rendered = Buffer.from(line.repeat(COUNT), 'latin1');
  }

  next(): string {
    if (this.#position === this.#text.length) this.#fill();
    const start = this.#position;
    this.#position += this.#length;
    return this.#text.slice(start, this.#position);
  }

  #fill(): void {
    const [places, bytes, rendered] = [this.#places, this.#bytes, this.#rendered];
    randomFillSync(bytes);
    for (let line = 0, from = 0; line < rendered.length; line += this.#length, from += places.length) {
      for (const [byte, kept, set] of this.#fixed) bytes[from + byte] = (bytes[from + byte]! & kept) | set;
      for (let i = 0; i < places.length; i++) {
        const digits = bytes[from + i]! << 1;
        const place = line + places[i]!;
        rendered[place] = HEX[digits]!;
        rendered[place + 1] = HEX[digits + 1]!;
      }
    }
    this.#text = rendered.toString('latin1');
    this.#position = 0;
  }
}

const UUID = 'xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx';
/** Version 4, and the variant of RFC 9562. */
const UUID_BITS: Form['fixed'] = [
  [6, 0x0f, 0x40],
  [8, 0x3f, 0x80],
];
/** Version 00; flags: sampled (parent-based samplers would drop the trace otherwise), and a random trace id. */
const TRACEPARENT = `00-${'x'.repeat(32)}-${'x'.repeat(16)}-03`;

const uuids = new Pool({ line: UUID, fixed: UUID_BITS });
const traceparents = new Pool({ line: TRACEPARENT, fixed: [] });
const idLines = new Pool({ line: `X-Request-Id: ${UUID}\r\ntraceparent: ${TRACEPARENT}\r\n\r\n`, fixed: UUID_BITS });

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
