/** docs/reference/keys.md: the keys of the dashboard, from its table of commands. */
import type { KeyGroup } from '../../src/cli/dashboard/views/help.ts';
import { cell, code, table } from './markdown.ts';

export function keysPage(groups: readonly KeyGroup[]): string {
  const parts = groups.map(({ title, keys }) => {
    const name = title.charAt(0) + title.slice(1).toLowerCase();
    const rows = keys.map((one) => [one.keys.map(code).join(' '), cell(one.does)]);
    return `## ${name}\n\n${table(['Key', 'Does'], rows)}\n`;
  });
  return `# Keys of the dashboard\n\nA word with a colon is typed: \`:\` opens the palette, Tab completes.\n\n${parts.join('\n')}`;
}
