/**
 * Which modes a program has switched on in the terminal it was shown in, so that they can be switched off when one
 * leaves it running: its alternate screen, a hidden cursor, mouse reports, marked pastes (xterm ctlseqs, DECSET). Owns
 * what it has seen; a sequence that is cut in two by a read is missed.
 */
const MODE = /\x1b\[\?([0-9;]+)([hl])/g;
/** Off in a shell; all others are on there. */
const OFF_AT_REST: ReadonlySet<string> = new Set(
  '1 9 47 1000 1002 1003 1004 1005 1006 1015 1047 1049 2004 2026'.split(' '),
);
const ON_AT_REST: ReadonlySet<string> = new Set(['7', '25']);

export class TerminalModes {
  readonly #changed = new Map<string, 'h' | 'l'>();

  see(output: string): void {
    for (const [, modes = '', how] of output.matchAll(MODE)) {
      for (const mode of modes.split(';')) {
        const rest = OFF_AT_REST.has(mode) ? 'l' : ON_AT_REST.has(mode) ? 'h' : undefined;
        if (rest === undefined) continue;
        if (how === rest) this.#changed.delete(mode);
        else this.#changed.set(mode, rest);
      }
    }
  }

  /** @returns what brings them back, the latest first, and colours too */
  undo(): string {
    const back = [...this.#changed].reverse().map(([mode, rest]) => `\x1b[?${mode}${rest}`);
    this.#changed.clear();
    return `\x1b[0m${back.join('')}`;
  }
}
