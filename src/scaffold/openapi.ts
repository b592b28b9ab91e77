/**
 * OpenAPI documents of a system's services, and one of all of them as the gateway offers it. A document is a file in the
 * service's folder. Pure, except for reading those files.
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { ServiceSpec } from '../model/project.ts';
import type { Route } from '../model/route.ts';
import { folderOf } from './place.ts';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type Document = { readonly [key: string]: Json };

/** Where documents are looked for in a service's folder, the usual first. */
const DOCUMENT_FILES = [
  'openapi.json',
  'openapi.yaml',
  'openapi.yml',
  'docs/openapi.json',
  'docs/openapi.yaml',
] as const;
/** Where a running service is asked for one. */
export const DOCUMENT_PATHS = ['/openapi.json', '/openapi.yaml', '/v3/api-docs', '/swagger.json'] as const;

/** @returns the file's text and path; undefined when the service's folder has none */
export function documentFile({ run }: ServiceSpec): { file: string; text: string } | undefined {
  const workingDir = folderOf(run);
  if (workingDir === undefined) return undefined;
  const file = DOCUMENT_FILES.map((name) => path.join(workingDir, name)).find((candidate) => existsSync(candidate));
  return file === undefined ? undefined : { file, text: readFileSync(file, 'utf8') };
}

/** @returns undefined when the text is no OpenAPI 3 document */
export async function parseDocument(text: string): Promise<Document | undefined> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    const yaml = await import('yaml');
    const document = yaml.parseDocument(text, { logLevel: 'error' });
    value = document.errors.length > 0 ? undefined : document.toJS();
  }
  const found = value as { readonly openapi?: unknown; readonly paths?: unknown } | null | undefined;
  const isOurs =
    typeof found === 'object' &&
    found !== null &&
    /^3\.[01]/.test(String(found.openapi)) &&
    typeof (found.paths ?? {}) === 'object';
  return isOurs ? (found as Document) : undefined;
}

export interface Part {
  readonly service: string;
  readonly document: Document;
  readonly routes: readonly Route[];
}

/**
 * All documents as one: each path as the gateway offers it (prefixes that a route strips are put before it), names of
 * components and operations with the service's name before them. What no route leads to is left out.
 */
export function mergeDocuments(
  parts: readonly Part[],
  about: { readonly title: string; readonly server: string | undefined },
): Document {
  const paths: Record<string, Json> = {};
  const components: Record<string, Record<string, Json>> = {};
  const tags: Json[] = [];
  for (const { service, document, routes } of parts) {
    const prefix = `${service.replace(/[^A-Za-z0-9]/g, '_')}_`;
    const own = prefixed(document, prefix) as Record<string, Record<string, Json>>;
    const offered = Object.entries(own.paths ?? {}).flatMap(([at, item]) => {
      const outside = outsidePath(at, routes);
      return outside === undefined
        ? []
        : [[outside, withTag(item as Json, service, prefix, own.security as unknown as Json)] as const];
    });
    if (offered.length === 0) continue;
    for (const [at, item] of offered)
      paths[at] = at in paths ? { ...(paths[at] as object), ...(item as object) } : item;
    for (const [kind, named] of Object.entries(own.components ?? {})) {
      components[kind] = {
        ...components[kind],
        ...Object.fromEntries(Object.entries(named as object).map(([name, value]) => [prefix + name, value])),
      };
    }
    const description = (document.info as { readonly description?: Json } | undefined)?.description;
    tags.push({ name: service, ...(typeof description === 'string' && { description }) });
  }
  return {
    openapi: '3.1.0',
    info: { title: about.title, version: '1.0.0' },
    ...(about.server !== undefined && { servers: [{ url: about.server.replace(/\/$/, '') }] }),
    tags,
    paths,
    ...(Object.keys(components).length > 0 && { components }),
  };
}

/** Where the gateway offers a path of the service; undefined: nowhere. */
export function outsidePath(inside: string, routes: readonly Route[]): string | undefined {
  for (const route of routes) {
    const rewrite = route.filters.flatMap((filter) =>
      filter.type === 'URLRewrite' ? (filter.urlRewrite.path ?? []) : [],
    )[0];
    for (const { path: match } of route.matches) {
      if (match.type === 'RegularExpression') continue;
      const base = match.value.replace(/\/$/, '');
      if (rewrite?.type === 'ReplacePrefixMatch') {
        const put = rewrite.replacePrefixMatch.replace(/\/$/, '');
        if (inside === put || inside.startsWith(`${put}/`)) return base + inside.slice(put.length) || '/';
      } else if (
        rewrite === undefined &&
        (match.type === 'Exact' ? inside === match.value : inside === base || inside.startsWith(`${base}/`))
      ) {
        return inside;
      }
    }
  }
  return undefined;
}

const METHODS = new Set(['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace']);

/** @param security of the whole document: of each operation that says nothing of it */
function withTag(item: Json, service: string, prefix: string, security: Json | undefined): Json {
  return Object.fromEntries(
    Object.entries(item as Document).map(([method, value]) => {
      if (!METHODS.has(method)) return [method, value];
      const operation = value as Document;
      const id = operation.operationId;
      return [
        method,
        {
          ...(security !== undefined && { security }),
          ...operation,
          tags: [service],
          ...(typeof id === 'string' && { operationId: prefix + id }),
        },
      ];
    }),
  );
}

/** References, discriminators and security schemes follow the new names of the components. */
function prefixed(value: Json, prefix: string, key = ''): Json {
  if (typeof value === 'string' && key === '$ref') return value.replace(/^(#\/components\/[^/]+\/)/, `$1${prefix}`);
  if (Array.isArray(value) && key === 'security') {
    return value.map((one) =>
      Object.fromEntries(Object.entries(one as Document).map(([name, scopes]) => [prefix + name, scopes])),
    );
  }
  if (Array.isArray(value)) return value.map((item) => prefixed(item, prefix));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value as Document).map(([name, inner]) => [name, prefixed(inner, prefix, name)]),
  );
}
