/** A service's own variables: `environment` (texts with holes) and what its env files give. */
import type { Place } from '../../model/place.ts';
import type { ServiceSpec } from '../../model/project.ts';
import type { Template } from '../../model/template.ts';
import { exists, readText } from '../inputs.ts';
import { type EnvEntry, parseEnvFile, parseRawEnvFile } from '../interpolate/dotenv.ts';
import { type Node, placeAt, placeOf, sourceFile } from '../tree/node.ts';
import { booleanOf, entriesOf, get, itemsOf, templateOf, textOf } from '../tree/read.ts';
import { type BuildContext, pathOf } from './context.ts';

/** A name without a value is taken from outside, and left out when it is not set there. */
export function environmentOf(node: Node | undefined, context: BuildContext): Record<string, Template> {
  const environment: Record<string, Template> = {};
  for (const entry of entriesOf(node)) {
    checkName(entry.key, placeAt(entry.keyOrigin), context);
    if (entry.value.kind !== 'scalar') continue;
    const isOurs = context.provided.has(entry.key) || context.provided.secretOf(entry.key) !== undefined;
    const outside = isOurs ? undefined : context.scope.lookup(entry.key)?.value;
    const value = entry.value.value === null ? outside : entry.value.text === '' ? '' : templateOf(entry.value);
    if (value !== undefined) environment[entry.key] = value;
  }
  return environment;
}

function checkName(name: string, place: Place, context: BuildContext): void {
  if (/^[^\s=\0]+$/.test(name)) return;
  const trimmed = name.trim();
  context.problems.error('bad-name', `\`${name}\` cannot be the name of a variable`, place, {
    hint: /^[^\s=\0]+$/.test(trimmed) ? `write \`${trimmed}=...\` without spaces around the name` : undefined,
  });
}

export interface EnvFiles {
  readonly values: ReadonlyMap<string, EnvEntry>;
  /** Absolute; those that exist. */
  readonly files: NonNullable<ServiceSpec['envFiles']>;
}

export function envFilesOf(node: Node | undefined, context: BuildContext): EnvFiles {
  const values = new Map<string, EnvEntry>();
  const files: { path: string; raw: boolean }[] = [];
  for (const item of itemsOf(node)) {
    const pathNode = item.kind === 'map' ? get(item, 'path') : item;
    const path = pathOf(pathNode);
    if (pathNode === undefined || path === undefined) continue;
    if (!exists(path)) {
      if (booleanOf(get(item, 'required')) === false) continue;
      context.problems.error('missing-file', `env file \`${textOf(pathNode)}\` does not exist`, placeOf(pathNode), {
        hint: 'create it, or write `{ path: ..., required: false }`',
      });
      continue;
    }
    const raw = textOf(get(item, 'format')) === 'raw';
    files.push({ path, raw });
    for (const [name, entry] of readEnvFile(path, pathNode, raw, context)) values.set(name, entry);
  }
  return { values, files };
}

function readEnvFile(path: string, node: Node, raw: boolean, context: BuildContext): ReadonlyMap<string, EnvEntry> {
  context.extraFiles.add(path);
  let file = context.envFiles.get(path);
  if (file === undefined) {
    try {
      file = sourceFile(path, 'env', context.dir, readText(path));
    } catch (error) {
      context.problems.error(
        'unreadable-file',
        `env file \`${path}\` cannot be read: ${(error as Error).message}`,
        placeOf(node),
      );
      return new Map();
    }
    context.envFiles.set(path, file);
  }
  const scope = { ...context.scope, isProvided: (name: string) => context.provided.has(name) };
  return raw ? parseRawEnvFile(file, scope, context.problems) : parseEnvFile(file, scope, context.problems);
}
