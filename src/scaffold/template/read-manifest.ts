/**
 * `template.yaml` of a folder, with what it takes over from the template that it extends. What is wrong is said of the
 * file in which it stands. Reads manifests only.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type Node, nodeAt, placeAt, placeOf, sourceFile } from '../../config/tree/node.ts';
import { parseTree } from '../../config/tree/parse.ts';
import { toPlain } from '../../config/tree/plain.ts';
import { MsvcError } from '../../model/error.ts';
import { suggest } from '../../model/suggest.ts';
import { findTemplate, type TemplateFolder } from './find.ts';
import { MANIFEST_FILE, type Manifest, manifestSchema } from './manifest.ts';
import type { Problems } from './problems.ts';

type Keys = Readonly<Record<string, unknown>>;

export interface ReadManifest {
  readonly folder: TemplateFolder;
  readonly manifest: Manifest;
  /** Of the template it extends. */
  readonly base: ReadManifest | undefined;
  /** Its own keys and those it took over, as they were written. */
  readonly keys: Keys;
}

/** What a template says of itself alone. */
const OWN: readonly string[] = ['summary', 'extends', 'without'] satisfies (keyof Manifest)[];

/**
 * @param heirs the folders that extend this one, so that a circle is seen
 * @returns undefined when it is wrong; `problems` says why
 */
export function readManifest(
  folder: TemplateFolder,
  problems: Problems,
  heirs: readonly string[] = [],
): ReadManifest | undefined {
  const file = path.join(folder.dir, MANIFEST_FILE);
  const text = readOwn(file);
  if (text === undefined) {
    missing(folder, MANIFEST_FILE, 'the manifest of the template', problems);
    return undefined;
  }
  const tree = parseTree(sourceFile(file, 'file', folder.dir, text), problems);
  const own = keysOf(toPlain(tree, new Set()));
  const says = typeof own.extends === 'string';
  const baseFolder = says ? baseOf(folder, own.extends as string, tree, problems, heirs) : undefined;
  const base = baseFolder && readManifest(baseFolder, problems, [...heirs, folder.dir]);
  if (says && !base) return undefined;
  const keys = { ...without(base?.keys ?? {}, OWN), ...own };
  const result = manifestSchema.safeParse(keys);
  if (result.success) return { folder, manifest: result.data, base, keys };
  for (const issue of result.error.issues) tell(issue, tree, file, problems);
  return undefined;
}

/** @returns undefined when there is no such file */
export function readOwn(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return undefined;
  }
}

export function missing(folder: TemplateFolder, name: string, what: string, problems: Problems): void {
  const place = { file: path.join(folder.dir, name), line: 1, column: 1 };
  problems.error('missing-file', `${name} is missing: ${what}`, place);
}

/** Names are those of msvc's own templates; a path is relative to the folder that says it. */
function baseOf(
  folder: TemplateFolder,
  wanted: string,
  tree: Node | undefined,
  problems: Problems,
  heirs: readonly string[],
): TemplateFolder | undefined {
  const node = nodeAt(tree, ['extends']);
  const place = node && placeOf(node);
  try {
    const base = findTemplate(wanted, folder.dir);
    if (![...heirs, folder.dir].includes(base.dir)) return base;
    problems.error('circle', `\`extends: ${wanted}\` leads back to this template`, place);
  } catch (error) {
    if (!(error instanceof MsvcError)) throw error;
    problems.error('bad-value', error.message, place, { hint: error.hint });
  }
  return undefined;
}

type Issue = NonNullable<ReturnType<typeof manifestSchema.safeParse>['error']>['issues'][number];

function tell(issue: Issue, tree: Node | undefined, file: string, problems: Problems): void {
  const node = nodeAt(tree, issue.path);
  const place = node ? placeOf(node) : { file, line: 1, column: 1, length: 1 };
  if (issue.code !== 'unrecognized_keys') {
    const key = issue.path.join('.');
    const isMissing = issue.path.length > 0 && node === undefined;
    problems.error(
      isMissing ? 'missing-key' : 'bad-value',
      isMissing ? `the manifest needs \`${key}\`` : `\`${key}\`: ${issue.message}`,
      place,
    );
    return;
  }
  const known = Object.keys(manifestSchema.shape);
  for (const key of issue.keys) {
    const entry = node?.kind === 'map' ? node.entries.get(key) : undefined;
    const near = suggest(key, known);
    const hint = near === undefined ? `known here: ${known.join(', ')}` : `did you mean \`${near}\`?`;
    const at = entry ? placeAt(entry.keyOrigin) : place;
    problems.error('unknown-key', `unknown key \`${key}\` in the manifest`, at, { hint });
  }
}

function keysOf(value: unknown): Keys {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Keys) : {};
}

function without(keys: Keys, names: readonly string[]): Keys {
  return Object.fromEntries(Object.entries(keys).filter(([name]) => !names.includes(name)));
}
