/**
 * Rows that Ink places but does not draw. Ink turns every character into an object on its way to the screen, which a
 * full screen of log lines cannot afford twenty times a second. So a `<Rows>` gives Ink one sign a row, a character of
 * Unicode's private area, and `compose` puts the row itself where the sign came out. What is drawn at all is asked for
 * at that moment: new log lines need no work of React's or Ink's.
 */
import { Box, Text } from 'ink';
import { createContext, type ReactElement, useContext, useEffect, useId } from 'react';
import { fitStyled } from '../text.ts';

const FIRST_SIGN = 0xe000;
const LAST_SIGN = 0xe0ff;
const SIGNS = /([\ue000-\ue0ff])( *)/g;

export type RowSource = (width: number, height: number) => readonly string[];

interface Placed {
  readonly sign: string;
  source: RowSource;
  width: number;
  height: number;
}

/** The rows of the current tree; one for each mounted `<Rows>`. */
export class RowRegistry {
  readonly #placed = new Map<string, Placed>();

  place(id: string, source: RowSource, width: number, height: number): string {
    const known = this.#placed.get(id);
    if (known) {
      Object.assign(known, { source, width, height });
      return known.sign;
    }
    const used = new Set([...this.#placed.values()].map(({ sign }) => sign));
    for (let code = FIRST_SIGN; code <= LAST_SIGN; code++) {
      const sign = String.fromCharCode(code);
      if (used.has(sign)) continue;
      this.#placed.set(id, { sign, source, width, height });
      return sign;
    }
    throw new Error('more rows than signs');
  }

  remove(id: string): void {
    this.#placed.delete(id);
  }

  /** What Ink laid out, with the rows in place of their signs: lines for the terminal. */
  compose(laidOut: string): string[] {
    const rowsOf = new Map<string, { rows: readonly string[]; width: number; next: number }>();
    for (const { sign, source, width, height } of this.#placed.values()) {
      rowsOf.set(sign, { rows: source(width, height), width, next: 0 });
    }
    return laidOut.split('\n').map((line) =>
      line.replace(SIGNS, (_all, sign: string, blanks: string) => {
        const of = rowsOf.get(sign);
        if (!of) return ` ${blanks}`;
        const row = of.rows[of.next++] ?? '';
        return fitStyled(row, of.width) + blanks.slice(Math.max(0, of.width - 1));
      }),
    );
  }
}

const Registry = createContext<RowRegistry | null>(null);

export const RowsProvider = Registry.Provider;

/** `height` rows of `width` columns, from a function that is called whenever the screen is drawn. */
export function Rows({
  source,
  width,
  height,
}: {
  readonly source: RowSource;
  readonly width: number;
  readonly height: number;
}): ReactElement | null {
  const registry = useContext(Registry);
  const id = useId();
  useEffect(() => () => registry?.remove(id), [registry, id]);
  if (!registry || height <= 0 || width <= 0) return null;
  const sign = registry.place(id, source, width, height);
  return (
    <Box width={width} height={height} flexShrink={0}>
      <Text>{Array(height).fill(sign).join('\n')}</Text>
    </Box>
  );
}
