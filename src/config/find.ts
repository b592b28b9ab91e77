/**
 * Which file defines the project one stands in. Looks upward as git does; reads nothing and imports no parser, since
 * every command (`msvc ps` too) pays for this file.
 */
import { delimiter, dirname, join, resolve } from 'node:path';
import { exists, variable } from './inputs.ts';

/** In the order they are preferred in one folder. */
export const PROJECT_FILES = ['msvc.yaml', 'msvc.yml'] as const;
const OVERRIDE_FILES = ['msvc.override.yaml', 'msvc.override.yml'] as const;

export interface FoundFiles {
  /** Absolute. */
  readonly file: string;
  /** `msvc.override.yaml` beside it, merged on top. */
  readonly override?: string;
}

/** @returns undefined when neither `cwd` nor a folder above it has an msvc.yaml. */
export function findProjectFile(cwd: string): FoundFiles | undefined {
  for (let dir = resolve(cwd); ; dir = dirname(dir)) {
    const file = firstIn(dir, PROJECT_FILES);
    if (file !== undefined) {
      const override = firstIn(dir, OVERRIDE_FILES);
      return override === undefined ? { file } : { file, override };
    }
    if (dirname(dir) === dir) return undefined;
  }
}

/**
 * The files to read, in merge order: `-f` if given (no override file is looked for then, as in Compose), else
 * `MSVC_FILE` (several joined by the system's path delimiter), else the search upward.
 */
export function projectFiles(options: {
  readonly cwd: string;
  readonly files: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}): readonly string[] {
  const named =
    options.files.length > 0 ? options.files : (variable('MSVC_FILE', options.environment) ?? '').split(delimiter);
  const files = named.filter((file) => file !== '').map((file) => resolve(options.cwd, file));
  if (files.length > 0) return files;
  const found = findProjectFile(options.cwd);
  if (found === undefined) return [];
  return found.override === undefined ? [found.file] : [found.file, found.override];
}

function firstIn(dir: string, names: readonly string[]): string | undefined {
  return names.map((name) => join(dir, name)).find((path) => exists(path));
}
