/** A template and values -> the files of a service and its entry, in memory. Writes nothing. */

import { Problems, refuseIfWrong } from './problems.ts';
import type { Template, TemplateFile } from './read.ts';
import { type RenderProblem, render, renderName, type TemplateValues } from './render.ts';

export interface FilledFile {
  /** Below the service's folder, with `/`. */
  readonly name: string;
  readonly content: Buffer;
  readonly executable: boolean;
}

export interface Filled {
  readonly files: readonly FilledFile[];
  /** Keys of the entry as YAML, not indented, ending with a line end. */
  readonly entry: string;
}

/** npm leaves files of these names out of a package, or renames them. */
const DOT_FILES: Readonly<Record<string, string>> = {
  _gitignore: '.gitignore',
  _npmrc: '.npmrc',
  _npmignore: '.npmignore',
};

/** @throws TemplateError */
export function fill(template: Template, values: TemplateValues): Filled {
  const problems = new Problems();
  const filled = fillInto(template, values, problems);
  refuseIfWrong(template.name, problems);
  return filled;
}

/** Goes on past mistakes, so that all are found. A file of which nothing is left is left out. */
export function fillInto(template: Template, values: TemplateValues, problems: Problems): Filled {
  const told = (file: string, found: readonly RenderProblem[]): void => {
    for (const { line, message, hint } of found) {
      problems.error('bad-placeholder', message, { file, line, column: 1 }, { hint });
    }
  };
  const entry = render(template.entry, values);
  told(template.entryFile, entry.problems);
  const files = template.files.flatMap((file) => {
    const content = file.verbatim ? file.content : rendered(file, values, told);
    if (content.length === 0 && file.content.length > 0) return [];
    return { name: nameOf(file, values), content, executable: file.executable };
  });
  return { files, entry: `${entry.text.trimEnd()}\n` };
}

function rendered(
  file: TemplateFile,
  values: TemplateValues,
  told: (file: string, problems: readonly RenderProblem[]) => void,
): Buffer {
  const { text, problems } = render(file.content.toString('utf8'), values);
  told(file.path, problems);
  return text.trim() === '' ? Buffer.alloc(0) : Buffer.from(text);
}

function nameOf(file: TemplateFile, values: TemplateValues): string {
  const parts = renderName(file.name, values).split('/');
  const last = parts.pop() as string;
  return [...parts, DOT_FILES[last] ?? last].join('/');
}
