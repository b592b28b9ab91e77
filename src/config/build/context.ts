/** What the builders of a `Project` share. They read the tree, report what is wrong, and return what is right. */
import { resolve } from 'node:path';
import { exists } from '../inputs.ts';
import type { EnvEntry } from '../interpolate/dotenv.ts';
import type { Scope } from '../interpolate/evaluate.ts';
import type { ProvidedNames } from '../interpolate/provided.ts';
import type { Problems } from '../problems.ts';
import { type Node, placeOf, type SourceFile } from '../tree/node.ts';
import { textOf } from '../tree/read.ts';

export interface BuildContext {
  readonly projectName: string;
  readonly dir: string;
  readonly stateDir: string;
  readonly problems: Problems;
  readonly scope: Scope;
  /** Providers of `gateway.auth` by name, and the one for routes that say nothing. */
  readonly auth: { readonly default?: string | undefined; readonly names: readonly string[] };
  readonly provided: ProvidedNames;
  /** Every file read beside the definition (env files, secrets), in order of reading. */
  readonly extraFiles: Set<string>;
  /** Env files of services by absolute path: one file is read once. */
  readonly envFiles: Map<string, SourceFile>;
  /** What they give, by service. */
  readonly envEntries: Map<string, ReadonlyMap<string, EnvEntry>>;
}

/** Relative to the folder of the file it is written in, as in Compose. */
export function pathOf(node: Node | undefined): string | undefined {
  const text = textOf(node);
  return node === undefined || text === undefined ? undefined : resolve(node.origin.file.baseDir, text);
}

/** A warning, not an error: a build step may make it before it is needed. */
export function warnIfMissing(
  node: Node | undefined,
  path: string | undefined,
  what: string,
  problems: Problems,
): void {
  if (node === undefined || path === undefined || exists(path)) return;
  problems.warning('missing-file', `${what} \`${textOf(node)}\` does not exist`, placeOf(node), {
    hint: 'a path is relative to the file it is written in, or to working_dir',
  });
}

/**
 * A path of a service's own files: in its working folder if it is there, else as `pathOf`. People write both; where
 * both exist the working folder's is taken and a warning says so.
 */
export function servicePathOf(node: Node | undefined, workingDir: string, problems: Problems): string | undefined {
  const fromFile = pathOf(node);
  const text = textOf(node);
  if (node === undefined || fromFile === undefined || text === undefined) return undefined;
  const fromWorkingDir = resolve(workingDir, text);
  if (fromWorkingDir === fromFile || !exists(fromWorkingDir)) return fromFile;
  if (exists(fromFile)) {
    problems.warning(
      'ambiguous-path',
      `\`${text}\` is in working_dir and beside the file; the one in working_dir is used`,
      placeOf(node),
      {
        hint: `write \`./${text}\` with its whole path below the file if the other is meant`,
      },
    );
  }
  return fromWorkingDir;
}
