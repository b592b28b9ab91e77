/**
 * Where variables come from, strongest first: the shell, `--env-file` (or `.env`), and for an included file its own env
 * file. Reads those files; the names that msvc provides are never taken from any of them.
 */
import { join, resolve } from 'node:path';
import type { Place } from '../../model/place.ts';
import { exists, readText, variable } from '../inputs.ts';
import type { Problems } from '../problems.ts';
import { sourceFile } from '../tree/node.ts';
import { type EnvEntry, parseEnvFile } from './dotenv.ts';
import type { Scope, Variable } from './evaluate.ts';

export interface Layer {
  readonly from: Variable['from'];
  readonly values: ReadonlyMap<string, EnvEntry>;
  readonly files: readonly string[];
}

export function shellLookup(environment: Readonly<Record<string, string>>): Scope['lookup'] {
  return (name) => {
    const value = variable(name, environment);
    return value === undefined ? undefined : { value, from: 'shell' };
  };
}

/** @param named given by a person, so each must exist; empty: `.env` in `dir` if it is there. */
export function readLayer(
  options: {
    readonly named: readonly { readonly path: string; readonly place?: Place }[];
    readonly dir: string;
    readonly outer: Scope;
  },
  problems: Problems,
): Layer {
  const { named, dir, outer } = options;
  const from = named.length > 0 ? 'env-file' : 'dotenv';
  const values = new Map<string, EnvEntry>();
  const files: string[] = [];
  const candidates =
    named.length > 0
      ? named.map((file) => ({ ...file, path: resolve(dir, file.path) }))
      : [{ path: join(dir, '.env') }];
  for (const file of candidates) {
    const place = 'place' in file ? file.place : undefined;
    if (!exists(file.path)) {
      if (from === 'env-file') problems.error('missing-file', `env file \`${file.path}\` does not exist`, place);
      continue;
    }
    let text: string;
    try {
      text = readText(file.path);
    } catch (error) {
      problems.error('unreadable-file', `env file \`${file.path}\` cannot be read: ${(error as Error).message}`, place);
      continue;
    }
    files.push(file.path);
    const scope = within(outer, { from, values, files });
    for (const [name, entry] of parseEnvFile(sourceFile(file.path, 'env', dir, text), scope, problems))
      values.set(name, entry);
  }
  return { from, values, files };
}

/** `inner` answers what `outer` does not know. */
export function within(outer: Scope, inner: Layer): Scope {
  return {
    isProvided: outer.isProvided,
    lookup: (name) => {
      const known = outer.lookup(name);
      if (known) return known;
      const entry = inner.values.get(name);
      return entry && { value: entry.value, from: inner.from, place: entry.place };
    },
  };
}
