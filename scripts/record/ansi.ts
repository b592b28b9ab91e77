/** The text of a terminal's screen with its colours (SGR sequences, ECMA-48 8.3.117), cut into runs of one look. */

export interface Look {
  /** CSS colour, or a palette name: `red`, `bright-red`, ...; undefined = the terminal's own. */
  readonly colour?: string;
  readonly background?: string;
  readonly bold?: boolean;
  readonly dim?: boolean;
  readonly italic?: boolean;
  readonly underline?: boolean;
  readonly inverse?: boolean;
}

export interface Run {
  readonly text: string;
  readonly look: Look;
}

const NAMES = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'];

/** One list of runs a line. A look goes on over the line's end, as in a terminal. */
export function runsOf(screen: string): Run[][] {
  let look: Look = {};
  return screen.split('\n').map((line) => {
    const runs: Run[] = [];
    // Other sequences than SGR do not occur in a captured screen.
    for (const [, codes, text] of line.matchAll(/\x1b\[([\d;]*)m|([^\x1b]+)/g)) {
      if (text === undefined) look = applySgr(look, (codes ?? '').split(';').map(Number));
      else runs.push({ text, look });
    }
    return runs;
  });
}

function applySgr(before: Look, codes: readonly number[]): Look {
  let look: Look = before;
  for (let at = 0; at < codes.length; at++) {
    const code = codes[at] as number;
    if (code === 38 || code === 48) {
      const { colour, taken } = extended(codes.slice(at + 1));
      look = code === 38 ? { ...look, colour } : { ...look, background: colour };
      at += taken;
    } else look = simple(look, code);
  }
  return look;
}

function simple(look: Look, code: number): Look {
  if (code === 0) return {};
  if (code === 1) return { ...look, bold: true };
  if (code === 2) return { ...look, dim: true };
  if (code === 3) return { ...look, italic: true };
  if (code === 4) return { ...look, underline: true };
  if (code === 7) return { ...look, inverse: true };
  if (code === 22) return { ...look, bold: false, dim: false };
  if (code === 23) return { ...look, italic: false };
  if (code === 24) return { ...look, underline: false };
  if (code === 27) return { ...look, inverse: false };
  if (code >= 30 && code <= 37) return { ...look, colour: NAMES[code - 30] as string };
  if (code >= 90 && code <= 97) return { ...look, colour: `bright-${NAMES[code - 90]}` };
  if (code >= 40 && code <= 47) return { ...look, background: NAMES[code - 40] as string };
  if (code >= 100 && code <= 107) return { ...look, background: `bright-${NAMES[code - 100]}` };
  if (code === 39) return without(look, 'colour');
  if (code === 49) return without(look, 'background');
  return look;
}

function without(look: Look, key: 'colour' | 'background'): Look {
  const { [key]: _dropped, ...rest } = look;
  return rest;
}

/** What follows 38 or 48: `5;n` of the 256 colours, or `2;r;g;b`. */
function extended(codes: readonly number[]): { colour: string; taken: number } {
  const [kind, a = 0, b = 0, c = 0] = codes;
  if (kind === 2) return { colour: `rgb(${a},${b},${c})`, taken: 4 };
  if (a < 8) return { colour: NAMES[a] as string, taken: 2 };
  if (a < 16) return { colour: `bright-${NAMES[a - 8]}`, taken: 2 };
  if (a >= 232) {
    const grey = 8 + (a - 232) * 10;
    return { colour: `rgb(${grey},${grey},${grey})`, taken: 2 };
  }
  const level = (n: number): number => (n === 0 ? 0 : 55 + n * 40);
  const cube = a - 16;
  const [r, g, blue] = [Math.floor(cube / 36), Math.floor(cube / 6) % 6, cube % 6];
  return { colour: `rgb(${level(r)},${level(g)},${level(blue)})`, taken: 2 };
}
