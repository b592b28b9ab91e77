/**
 * What `msvc new service` would do: which files in which folder, which lines in msvc.yaml. Decides everything and writes
 * nothing, so that a dry run and the real one cannot differ.
 */
import { lstatSync } from 'node:fs';
import path from 'node:path';
import { MsvcError } from '../model/error.ts';
import { SERVICE_NAME } from '../model/names.ts';
import { suggest } from '../model/suggest.ts';
import { exists } from './commit.ts';
import { withOwnKeys } from './edit/entry.ts';
import { insertService } from './edit/insert-service.ts';
import { folderFor, freeName, freeRoute, ownerOf, type Surroundings } from './place.ts';
import { type Filled, fill } from './template/fill.ts';
import type { Template } from './template/read.ts';
import { renderName, type TemplateValues } from './template/render.ts';

export interface Wish {
  /** undefined: the template's word for it, or the next free one. */
  readonly name?: string | undefined;
  /** Relative to the file's folder. */
  readonly folder?: string | undefined;
  /** undefined: the template's, made free; false: none. */
  readonly route?: string | false | undefined;
  readonly port?: number | undefined;
  readonly calls: readonly string[];
  /** undefined: as the template has it. */
  readonly database?: boolean | undefined;
}

export interface NewService {
  readonly name: string;
  /** Relative to the file's folder, with `/`. */
  readonly folder: string;
  readonly values: TemplateValues;
  readonly filled: Filled;
  /** Its lines in msvc.yaml, as they stand there when nothing surrounds them. */
  readonly entry: string;
  /** The whole file with them. */
  readonly file: string;
}

/**
 * @param text of msvc.yaml
 * @throws MsvcError MSVC_USAGE, MSVC_EXISTS, MSVC_EDIT_IMPOSSIBLE; TemplateError
 */
export function planService(template: Template, wish: Wish, around: Surroundings, text: string): NewService {
  const { manifest } = template;
  const name = nameFor(template, wish, around);
  const calls = callsOf(template, wish, around, name);
  const folder = wish.folder === undefined ? folderFor(name, around) : folderOf(wish.folder, around.dir);
  const target = path.join(around.dir, folder);
  if (lstatSync(target, { throwIfNoEntry: false })) throw exists(target);
  if (!manifest.listens && (wish.port !== undefined || typeof wish.route === 'string')) {
    refuse(`${template.name} is a worker: it listens nowhere, so it takes neither --route nor --port`);
  }
  const route = routeFor(template, wish, around, name);
  const values = { service: name, folder, route, calls, database: databaseOf(template, wish) };
  const filled = fill(template, values);
  const entry = withOwnKeys(filled.entry, { working_dir: folder, route, port: wish.port, calls });
  const file = insertService(text, { name, entry });
  if (file === undefined) {
    throw new MsvcError('MSVC_EDIT_IMPOSSIBLE', 'the file has a form that msvc cannot add a service to', {
      facts: { service: name, entry },
    });
  }
  return { name, folder, values, filled, entry, file };
}

function nameFor(template: Template, { name, folder }: Wish, around: Surroundings): string {
  const hasFolder = (candidate: string): boolean =>
    folder === undefined &&
    Boolean(lstatSync(path.join(around.dir, folderFor(candidate, around)), { throwIfNoEntry: false }));
  if (name === undefined) return freeName(template.manifest.name ?? template.name, around, hasFolder);
  if (!SERVICE_NAME.test(name)) {
    refuse(
      `"${name}" cannot be a service's name`,
      'use lower-case letters, digits, "-", "_" and ".", beginning with a letter or digit, 63 at most',
    );
  }
  const free = freeName(name, around, hasFolder);
  if (free === name || freeName(name, around, () => false) === name) return name;
  throw new MsvcError('MSVC_EXISTS', `there is a service ${name} already`, {
    facts: { service: name },
    hint: `"${free}" is free`,
  });
}

function callsOf(template: Template, wish: Wish, { services }: Surroundings, name: string): readonly string[] {
  const calls = [...new Set(wish.calls)];
  if (calls.length > 0 && !template.manifest.calls)
    refuse(`the template ${template.name} calls nobody, so it takes no --calls`);
  const known = services.map((service) => service.name);
  for (const callee of calls) {
    if (callee === name) refuse('a service does not call itself by way of msvc');
    if (known.includes(callee)) continue;
    const near = suggest(callee, known);
    throw new MsvcError('MSVC_UNKNOWN_SERVICE', `there is no service ${callee}`, {
      facts: { service: callee, known, ...(near !== undefined && { suggestion: near }) },
    });
  }
  return calls;
}

function folderOf(wanted: string, dir: string): string {
  const relative = path.relative(dir, path.resolve(dir, wanted));
  if (relative === '' || relative.startsWith('..') || path.isAbsolute(relative)) {
    refuse(`${wanted} is not below the folder of msvc.yaml`);
  }
  return relative.split(path.sep).join('/');
}

function routeFor(template: Template, wish: Wish, around: Surroundings, name: string): string | undefined {
  if (wish.route === false) return undefined;
  if (wish.route === undefined) {
    const usual = template.manifest.listens ? template.manifest.route : undefined;
    if (usual === undefined) return undefined;
    const values = { service: name, folder: '', route: undefined, calls: [], database: false };
    return freeRoute(renderName(usual, values), around, name);
  }
  if (!/^\/[^\s?#]*$/.test(wish.route))
    refuse(`"${wish.route}" is not a route`, 'a route is a path such as /api/orders');
  const owner = ownerOf(wish.route, around);
  if (owner !== undefined)
    refuse(`${wish.route} leads to ${owner} already`, `${freeRoute(wish.route, around, name)} is free`);
  return wish.route;
}

function databaseOf({ name, manifest }: Template, { database }: Wish): boolean {
  if (database === undefined) return manifest.database === 'default';
  if (database && manifest.database === 'none') refuse(`the template ${name} has no use for a database`);
  return database;
}

function refuse(message: string, hint?: string): never {
  throw new MsvcError('MSVC_USAGE', message, { hint });
}
