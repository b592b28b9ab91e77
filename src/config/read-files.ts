/**
 * Reads the files of a definition: the first, those merged on top of it, and what they include, each with the variables
 * that hold for it. Only `include` is looked into here; everything else is left as written.
 */
import { dirname, join, resolve } from 'node:path';
import { realPath } from './inputs.ts';
import { interpolateTree } from './interpolate/apply.ts';
import type { Scope } from './interpolate/evaluate.ts';
import { providedNames } from './interpolate/provided.ts';
import { readLayer, within } from './interpolate/variables.ts';
import { Problems } from './problems.ts';
import { readSource } from './standard-input.ts';
import { type Node, placeOf, type SourceFile, sourceFile } from './tree/node.ts';
import { parseTree } from './tree/parse.ts';
import { get, itemsOf, scalarsOf, textOf } from './tree/read.ts';

export interface ReadFile {
  readonly file: SourceFile;
  readonly root: Node;
}

/** Files that are merged into one, and what they include. */
export interface Unit {
  readonly scope: Scope;
  /** The first is the base. Empty when it could not be read. */
  readonly files: readonly ReadFile[];
  readonly includes: readonly Unit[];
}

export interface Reading {
  readonly problems: Problems;
  /** Every path read so far, env files too, in order. */
  readonly paths: Set<string>;
}

interface UnitRequest {
  readonly paths: readonly string[];
  readonly role: SourceFile['role'];
  readonly baseDir: string;
  readonly scope: Scope;
  /** Who asks for it, for errors. */
  readonly asker?: Node;
  /** Paths of the files that include it, outermost first. */
  readonly chain: readonly string[];
}

export function readUnit(request: UnitRequest, reading: Reading): Unit {
  const files: ReadFile[] = [];
  for (const [i, path] of request.paths.entries()) {
    const role = i > 0 && request.role === 'file' ? 'override' : request.role;
    const read = readOne(path, role, request, reading);
    if (read) files.push(read);
    // Nothing can be merged on top of what is not there.
    else if (i === 0) break;
  }
  const includes = files.flatMap(({ root, file }) => includesOf(root, file, request, reading));
  return { scope: request.scope, files, includes };
}

const WHY_UNREAD: Readonly<Record<string, string>> = { ENOENT: 'does not exist', EISDIR: 'is a folder' };

function readOne(path: string, role: SourceFile['role'], request: UnitRequest, reading: Reading): ReadFile | undefined {
  const { problems, paths } = reading;
  const place = request.asker && placeOf(request.asker);
  let text: string;
  try {
    text = readSource(path).replace(/^\uFEFF/, '');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = WHY_UNREAD[code ?? ''] ?? `cannot be read: ${(error as Error).message}`;
    const hint = code === 'EISDIR' ? { hint: `name the file in it: \`${join(path, 'msvc.yaml')}\`` } : {};
    problems.error(code === 'ENOENT' ? 'missing-file' : 'unreadable-file', `\`${path}\` ${why}`, place, hint);
    return undefined;
  }
  paths.add(path);
  const file = sourceFile(path, role, request.baseDir, text);
  const failedBefore = problems.errors;
  refuseOtherEncodings(file, problems);
  const root = parseTree(file, problems);
  if (root !== undefined) return { file, root };
  if (problems.errors === failedBefore) {
    const start = { file: path, line: 1, column: 1, length: 1 };
    problems.error('empty-file', 'the file is empty', start, { hint: 'it needs at least `services`' });
  }
  return undefined;
}

/** What is no UTF-8 has been read as other characters than were written: a value would silently be another one. */
function refuseOtherEncodings({ path, text }: SourceFile, problems: Problems): void {
  const at = text.indexOf('\uFFFD');
  if (at === -1) return;
  const before = text.slice(0, at).split('\n');
  const place = { file: path, line: before.length, column: (before.at(-1) ?? '').length + 1, length: 1 };
  problems.error('bad-encoding', 'the file is not UTF-8 here', place, {
    hint: 'save it as UTF-8; where U+FFFD itself is meant, write "\\uFFFD"',
  });
}

function includesOf(root: Node, file: SourceFile, request: UnitRequest, reading: Reading): Unit[] {
  const quiet = new Problems();
  const provided = providedNames([], []);
  const run = { scope: request.scope, provided, problems: quiet, warned: new Set<string>() };
  const include = get(root, 'include');
  const entries = include ? itemsOf(interpolateTree(include, run)) : [];
  const chain = [...request.chain, file.path];
  return entries.flatMap((entry) => {
    const pathNodes = entry.kind === 'map' ? scalarsOf(get(entry, 'path')) : scalarsOf(entry);
    const paths = pathNodes.map((node) => resolve(request.baseDir, node.text));
    const [first] = paths;
    const asker = pathNodes[0];
    if (first === undefined || asker === undefined) return [];
    const again = chain.find((path) => realPath(path) === realPath(first));
    if (again !== undefined) {
      reading.problems.error('include-cycle', `\`${asker.text}\` is included by itself`, placeOf(asker), {
        hint: chain.length > 1 ? `by way of ${chain.map((path) => `\`${path}\``).join(' -> ')}` : undefined,
      });
      return [];
    }
    // Included from two sides it is there once.
    if (paths.every((path) => reading.paths.has(path))) return [];
    const folder = textOf(get(entry, 'project_directory'));
    const baseDir = folder === undefined ? dirname(first) : resolve(request.baseDir, folder);
    const named = scalarsOf(get(entry, 'env_file')).map((node) => ({
      path: resolve(request.baseDir, node.text),
      place: placeOf(node),
    }));
    const layer = readLayer({ named, dir: baseDir, outer: request.scope }, reading.problems);
    for (const path of layer.files) reading.paths.add(path);
    const scope = within(request.scope, layer);
    return [readUnit({ paths, role: 'include', baseDir, scope, asker, chain }, reading)];
  });
}
