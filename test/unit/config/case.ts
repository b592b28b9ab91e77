/**
 * A definition in a folder of its own, from one text: parts that start with `>>> path` are files, `>>> shell` the
 * shell's variables, `>>> options` further options of the loader as JSON. Owns the folder until disposed.
 */
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type LoadOptions, type LoadResult, loadProject } from '../../../src/config/index.ts';
import type { Diagnostic } from '../../../src/model/diagnostic.ts';
import type { Place } from '../../../src/model/place.ts';

export interface Case extends Disposable {
  readonly dir: string;
  load(more?: Partial<LoadOptions>): Promise<LoadResult>;
  /** `dir` taken out of a text. */
  shorten(text: string): string;
  render(diagnostics: readonly Diagnostic[]): string[];
}

export function openCase(text: string): Case {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'msvc-config-')));
  const project = join(dir, 'project');
  mkdirSync(project);
  let environment: Record<string, string> = {};
  let options: Partial<LoadOptions> = {};
  for (const part of text.split(/^>>> /m).slice(1)) {
    const [name = '', ...lines] = part.split('\n');
    const content = lines.join('\n');
    if (name === 'shell') {
      environment = Object.fromEntries(
        lines.filter(Boolean).map((line) => [line.split('=')[0], line.split('=').slice(1).join('=')]),
      );
    } else if (name === 'options') options = JSON.parse(content);
    else {
      mkdirSync(dirname(join(project, name)), { recursive: true });
      writeFileSync(join(project, name), content);
    }
  }
  const shorten = (words: string): string =>
    words.replaceAll(`${project}/`, '').replaceAll(project, '<dir>').replaceAll(dir, '<above>');
  const at = (place: Place): string => `${shorten(place.file)}:${place.line}:${place.column}`;
  return {
    dir: project,
    load: (more) => loadProject({ cwd: project, files: [], envFiles: [], environment, ...options, ...more }),
    shorten,
    render: (diagnostics) =>
      diagnostics.flatMap((d) => [
        `${d.place ? at(d.place) : '-'} ${d.severity} ${d.code} ${shorten(d.message)}`,
        ...(d.place ? [`    at [${underlined(d.place)}]`] : []),
        ...(d.related ?? []).map(({ message, place }) => `    related ${at(place)} ${message} [${underlined(place)}]`),
        ...(d.hint === undefined ? [] : [`    hint ${shorten(d.hint)}`]),
      ]),
    [Symbol.dispose]: () => rmSync(dir, { recursive: true, force: true }),
  };
}

function underlined({ file, line, column, length = 1 }: Place): string {
  return (
    readFileSync(file, 'utf8')
      .split('\n')
      [line - 1]?.slice(column - 1, column - 1 + length) ?? ''
  );
}
