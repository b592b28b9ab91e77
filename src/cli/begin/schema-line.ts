/**
 * The first line of an msvc.yaml, by which editors find its schema: that of the msvc installed in the project, or a copy of
 * this one's in `.msvc/`, which is out of git's sight like all that is there.
 */
import { copyFileSync, existsSync } from 'node:fs';
import path from 'node:path';
import { prepareStateDir } from '../../control/state-dir.ts';
import { packageRoot } from '../../scaffold/template/find.ts';

const INSTALLED = 'node_modules/msvc/schema/msvc.schema.json';
const COPY = '.msvc/msvc.schema.json';

export function withSchemaLine(text: string, dir: string): string {
  const schema = existsSync(path.join(dir, INSTALLED)) ? INSTALLED : COPY;
  return `# yaml-language-server: $schema=${schema}\n${text}`;
}

/** Puts the copy where the line leads, if it leads there. */
export function placeSchema(text: string, dir: string): void {
  if (!text.includes(`$schema=${COPY}`)) return;
  prepareStateDir(path.join(dir, '.msvc'));
  copyFileSync(path.join(packageRoot(), 'schema/msvc.schema.json'), path.join(dir, COPY));
}
