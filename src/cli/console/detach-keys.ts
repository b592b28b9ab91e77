/** The keys that leave an instance that is attached to, in Docker's words: `ctrl-p,ctrl-q`, `ctrl-]`, `a`. */
import { MsvcError } from '../../model/error.ts';

export const DETACH_KEYS = 'ctrl-p,ctrl-q';

/** @returns the bytes of those keys; none when the text is empty. @throws MsvcError MSVC_USAGE */
export function detachKeys(text: string): Buffer {
  if (text === '') return Buffer.alloc(0);
  const bytes = text.split(',').map((key) => {
    const control = /^ctrl-([a-z@[\\\]^_])$/.exec(key.toLowerCase())?.[1];
    if (control !== undefined) return control.toUpperCase().charCodeAt(0) & 0x1f;
    if (key.length === 1 && key.charCodeAt(0) < 128) return key.charCodeAt(0);
    throw new MsvcError('MSVC_USAGE', `"${key}" is no key to detach with`, {
      hint: `letters and ctrl-<letter>, separated by commas, such as ${DETACH_KEYS} or ctrl-]`,
    });
  });
  return Buffer.from(bytes);
}

export function detachWords(text: string): string {
  return text.split(',').join(' ');
}

/** Looks for the sequence in what is typed. Keeps back what may be its beginning until the next key tells. */
export class DetachWatch {
  readonly #sequence: Buffer;
  #held: readonly number[] = [];

  constructor(sequence: Buffer) {
    this.#sequence = sequence;
  }

  /** @returns what is to be passed on, and whether the sequence is complete; what follows it is dropped */
  push(typed: Buffer): { readonly bytes: Buffer; readonly isComplete: boolean } {
    const out: number[] = [];
    for (const byte of typed) {
      let held = [...this.#held, byte];
      // What cannot begin it is passed on; the rest still may: `a,a,b` is in `aaab`.
      while (!held.every((key, i) => key === this.#sequence[i])) {
        out.push(held[0]!);
        held = held.slice(1);
      }
      const isComplete = held.length > 0 && held.length === this.#sequence.length;
      this.#held = isComplete ? [] : held;
      if (isComplete) return { bytes: Buffer.from(out), isComplete };
    }
    return { bytes: Buffer.from(out), isComplete: false };
  }
}
