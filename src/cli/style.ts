/**
 * Colours, as functions from text to text. Colour is never the only carrier of a meaning: every styled word also
 * says what it means. Owns no state; a `Style` that is off returns its text as it is.
 *
 * Those that can be read on a dark ground and on a light one: no white, and of the bright ones blue and magenta.
 */
const CODES = {
  bold: [1, 22],
  dim: [2, 22],
  underline: [4, 24],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  blue: [34, 39],
  magenta: [35, 39],
  cyan: [36, 39],
  brightBlue: [94, 39],
  brightMagenta: [95, 39],
} as const;

export type Colour = keyof typeof CODES;

export class Style {
  readonly enabled: boolean;

  constructor(enabled: boolean) {
    this.enabled = enabled;
  }

  paint(colour: Colour | undefined, text: string): string {
    if (!this.enabled || colour === undefined || text === '') return text;
    const [open, close] = CODES[colour];
    return `\u001b[${open}m${text}\u001b[${close}m`;
  }

  bold(text: string): string {
    return this.paint('bold', text);
  }

  dim(text: string): string {
    return this.paint('dim', text);
  }

  /** Also without colours, as it is none: the one way to mark a selection on every terminal. */
  reverse(text: string): string {
    return text === '' ? text : `\u001b[7m${text}\u001b[27m`;
  }
}

export type ColourMode = 'auto' | 'never' | 'always';

/**
 * Whether to colour what goes to a stream. The command line's word is final; then FORCE_COLOR (`0` and `false` mean
 * no), as Node and most tools read it; then NO_COLOR (https://no-color.org: any text but the empty one), `TERM=dumb`,
 * and at last whether it is a terminal.
 */
export function wantsColour(
  mode: ColourMode,
  isTerminal: boolean,
  env: Readonly<Record<string, string | undefined>>,
): boolean {
  if (mode !== 'auto') return mode === 'always';
  const force = env.FORCE_COLOR;
  if (force !== undefined) return force !== '0' && force !== 'false';
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return false;
  return isTerminal && env.TERM !== 'dumb';
}
