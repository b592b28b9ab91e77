/** Tables for people: aligned, without borders, cut to the width of the terminal. Pure. */
import type { Colour, Style } from './style.ts';
import { cutText, padText, textWidth } from './text-width.ts';

export interface Column<Row> {
  readonly header: string;
  readonly value: (row: Row) => string;
  readonly colour?: (row: Row) => Colour | undefined;
  readonly align?: 'left' | 'right';
  /** The narrowest it may be made; absent: it is never cut. */
  readonly minColumns?: number;
}

const GAP = '  ';

/** @returns the lines, headers first. Wide tables lose from their cuttable columns, the widest first. */
export function tableLines<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  { style, width }: { readonly style: Style; readonly width: number },
): string[] {
  const cells = rows.map((row) => columns.map((column) => column.value(row)));
  const widths = columns.map((column, i) =>
    Math.max(textWidth(column.header), ...cells.map((line) => textWidth(line[i] as string))),
  );
  shrink(widths, columns, width);
  const cell = (text: string, i: number): string => {
    const fitted = cutText(text, widths[i] as number);
    const last = i === columns.length - 1 && columns[i]?.align !== 'right';
    return last ? fitted : padText(fitted, widths[i] as number, columns[i]?.align);
  };
  return [
    style.dim(
      columns
        .map((column, i) => cell(column.header, i))
        .join(GAP)
        .trimEnd(),
    ),
    ...rows.map((row, r) =>
      columns
        .map((column, i) => style.paint(column.colour?.(row), cell(cells[r]?.[i] as string, i)))
        .join(GAP)
        .trimEnd(),
    ),
  ];
}

function shrink<Row>(widths: number[], columns: readonly Column<Row>[], available: number): void {
  const total = (): number => widths.reduce((sum, w) => sum + w, 0) + GAP.length * (widths.length - 1);
  while (total() > available) {
    let widest = -1;
    for (const [i, column] of columns.entries()) {
      if (column.minColumns === undefined || (widths[i] as number) <= column.minColumns) continue;
      if (widest === -1 || (widths[i] as number) > (widths[widest] as number)) widest = i;
    }
    if (widest === -1) return;
    widths[widest] = (widths[widest] as number) - 1;
  }
}
