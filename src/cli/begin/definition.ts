/** The msvc.yaml that a command is about to add to: its text, and what the system has already. */
import { readFileSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { findProjectFile } from '../../config/find.ts';
import { type Surroundings, surroundingsOf } from '../../scaffold/place.ts';
import type { Context } from '../context.ts';
import { readDefinition, SpecError } from '../project.ts';

export interface Definition {
  /** Absolute; of several, the first: the others only change it. */
  readonly file: string;
  /** All files that are read, the first included. */
  readonly files: readonly string[];
  readonly text: string;
  readonly around: Surroundings;
}

/** @throws SpecError; MsvcError MSVC_SPEC_NOT_FOUND */
export async function openDefinition(context: Context): Promise<Definition> {
  const result = await readDefinition(context);
  const found = findProjectFile(context.cwd);
  const files =
    context.globals.files.length > 0
      ? context.globals.files
      : [found!.file, ...(found!.override === undefined ? [] : [found!.override])];
  const file = files[0] as string;
  const text = readFileSync(file, 'utf8');
  if (result.ok) return { file, files, text, around: surroundingsOf(result.project) };
  // A file that has no services yet is what this command is for.
  const wrong = result.diagnostics.filter(
    (d) => d.severity === 'error' && d.code !== 'no-services' && d.code !== 'empty-file',
  );
  if (wrong.length > 0) throw new SpecError(result.diagnostics);
  return { file, files, text, around: { dir: realpathSync(path.dirname(file)), services: [] } };
}
