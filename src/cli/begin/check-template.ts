/** `msvc template check`. */
import { checkTemplate } from '../../scaffold/template/check.ts';
import { findTemplate } from '../../scaffold/template/find.ts';
import type { Context } from '../context.ts';
import { printDiagnostics } from '../print-error.ts';
import { count } from '../wording/lists.ts';

export async function check(context: Context, path: string, json: boolean): Promise<number> {
  const folder = findTemplate(path, context.cwd);
  const { diagnostics, combinations, files } = await checkTemplate(folder);
  const wrong = diagnostics.some((d) => d.severity === 'error');
  if (json) context.out.json(diagnostics);
  else {
    if (diagnostics.length > 0) printDiagnostics(diagnostics, { output: context.err, json: false, cwd: process.cwd() });
    if (!wrong)
      context.out.line(
        `${folder.name} is right: ${count(files, 'file')}, loaded in ${count(combinations, 'combination')}`,
      );
  }
  return wrong ? 3 : 0;
}
