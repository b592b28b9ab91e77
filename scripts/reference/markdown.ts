/** The few shapes that reference pages are made of. */

/** Opens every generated page. */
export const GENERATED = '<!-- Made from the source by `npm run gen`; a test holds it equal. -->\n';

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** As code in a table's cell: a bar would end the cell. */
export function code(text: string): string {
  return `\`${text.replaceAll('|', '\\|')}\``;
}

/** Prose in a table's cell. */
export function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
