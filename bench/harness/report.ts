/**
 * Sections as Markdown, on the terminal and in `docs/benchmarks.md`, where each benchmark owns what stands between its
 * two markers and leaves the rest alone.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { Goal, Section, Table } from './bench.ts';

export function markdown(section: Section, when: string): string {
  const parts = [`## ${section.title}`, `Measured ${when}.`, ...section.about];
  for (const table of section.tables) parts.push(`**${table.caption}**`, tableMarkdown(table));
  if (section.goals.length > 0) {
    parts.push(
      '**Goals**',
      tableMarkdown({
        caption: '',
        columns: ['', 'limit', 'measured', ''],
        rows: section.goals.map((goal) => [goal.what, goal.limit, goal.measured, verdict(goal)]),
      }),
    );
  }
  if (section.skipped.length > 0) parts.push(`Not measured: ${section.skipped.join('; ')}.`);
  return `${parts.join('\n\n')}\n`;
}

function verdict(goal: Goal): string {
  if (goal.met === undefined) return '-';
  return goal.met ? 'met' : '**missed**';
}

function tableMarkdown(table: Table): string {
  const widths = table.columns.map((column, index) =>
    Math.max(3, column.length, ...table.rows.map((row) => row[index]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, index) => (index === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[index]!))).join(' | ')} |`;
  const rule = widths.map((width, index) => (index === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  return [line(table.columns), `| ${rule.join(' | ')} |`, ...table.rows.map(line)].join('\n');
}

/** Replaces what `id` said before, or adds it at the end. */
export function writeSection(file: string, id: string, text: string): void {
  const open = `<!-- bench:${id} -->`;
  const close = `<!-- /bench:${id} -->`;
  const block = `${open}\n${text}${close}`;
  const before = existsSync(file) ? readFileSync(file, 'utf8') : '# Benchmarks\n';
  const start = before.indexOf(open);
  const stop = before.indexOf(close);
  const after =
    start >= 0 && stop > start
      ? before.slice(0, start) + block + before.slice(stop + close.length)
      : `${before.trimEnd()}\n\n${block}\n`;
  writeFileSync(file, after);
}
