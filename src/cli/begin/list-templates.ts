/** `msvc new --list`: the templates there are, and whether this machine has what they need. */
import { builtInTemplates } from '../../scaffold/template/find.ts';
import { readSummary } from '../../scaffold/template/read.ts';
import type { Context } from '../context.ts';
import type { TemplateJson } from '../json-contract.ts';
import { type Column, tableLines } from '../table.ts';
import { list } from '../wording/lists.ts';
import { missingPrograms } from './machine.ts';

export function listTemplates(context: Context, json: boolean): number {
  const rows = builtInTemplates().flatMap(({ name, dir }): TemplateJson[] => {
    const manifest = readSummary({ name, dir });
    if (manifest === undefined) return [];
    const missing = missingPrograms(manifest, manifest.database === 'default', context.env).map(
      ({ program }) => program,
    );
    return [{ name, summary: manifest.summary, database: manifest.database, listens: manifest.listens, missing, dir }];
  });
  if (json) context.out.json(rows);
  else {
    const columns: Column<TemplateJson>[] = [
      { header: 'TEMPLATE', value: (row) => row.name },
      {
        header: 'WHAT IT IS',
        value: ({ summary, missing }) =>
          missing.length === 0 ? summary : `${summary} (not installed here: ${list(missing)})`,
      },
    ];
    for (const line of tableLines(rows, columns, { style: context.out.style, width: context.out.columns }))
      context.out.line(line);
    context.out.line();
    context.out.line('A template of your own is a folder: msvc new service NAME --template ./path');
  }
  return 0;
}
