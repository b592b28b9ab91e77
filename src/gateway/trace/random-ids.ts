/**
 * Random identifiers for many requests a second, ready to be put into a head: rendered some hundred at a time, so that
 * one costs a slice of a string. Owns the pools; not for secrets.
 */
import { randomFillSync } from 'node:crypto';

const COUNT = 256;
const HEX = Buffer.from('0123456789abcdef', 'latin1');

/** Lines of one form: `x` stands for a random digit, `y` for one of `89ab`. */
class Pool {
  readonly #form: Buffer;
  readonly #bytes: Buffer;
  readonly #rendered: Buffer;
  #text = '';
  #position = 0;

  constructor(form: string) {
    this.#form = Buffer.from(form, 'latin1');
    this.#bytes = Buffer.alloc(COUNT * form.length);
    this.#rendered = Buffer.alloc(COUNT * form.length);
  }

  next(): string {
    const { length } = this.#form;
    if (this.#position === this.#text.length) this.#fill();
    const start = this.#position;
    this.#position += length;
    return this.#text.slice(start, start + length);
  }

  #fill(): void {
    randomFillSync(this.#bytes);
    const form = this.#form;
    for (let i = 0, f = 0; i < this.#rendered.length; i++) {
      const c = form[f]!;
      const random = this.#bytes[i]!;
      // 120 is x, 121 is y.
      this.#rendered[i] = c === 120 ? HEX[random & 15]! : c === 121 ? HEX[8 + (random & 3)]! : c;
      if (++f === form.length) f = 0;
    }
    this.#text = this.#rendered.toString('latin1');
    this.#position = 0;
  }
}

const UUID = 'xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx';
const uuids = new Pool(UUID);
// Flags 03: sampled (parent-based samplers would drop the trace otherwise) and a random trace id.
const traceparents = new Pool(`00-${'x'.repeat(32)}-${'x'.repeat(16)}-03`);

/** A UUID of version 4. */
export function randomUuid(): string {
  return uuids.next();
}

/** The value of a `traceparent` that begins a trace. */
export function randomTraceparent(): string {
  return traceparents.next();
}
