/** `msvc openapi`: a service's document from its folder or from the service itself, or all of them as one. */
import { MsvcError } from '../../model/error.ts';
import { ownUrl } from '../../model/instance-view.ts';
import type { Project, ServiceSpec } from '../../model/project.ts';
import type { View } from '../../model/view.ts';
import {
  DOCUMENT_PATHS,
  type Document,
  documentFile,
  mergeDocuments,
  type Part,
  parseDocument,
} from '../../scaffold/openapi.ts';
import type { Context } from '../context.ts';
import { assertServices, tryConnect } from '../engine/connect.ts';
import { shortPath } from '../excerpt.ts';
import { list } from '../wording/lists.ts';

export interface OpenApiFlags {
  readonly live?: boolean;
  readonly format: 'json' | 'yaml';
}

const LIVE_TIMEOUT_MS = 3_000;

export async function openapi(context: Context, service: string | undefined, flags: OpenApiFlags): Promise<number> {
  const { project, view } = await system(context);
  if (service !== undefined) assertServices([service], Object.keys(project.services));
  const document =
    service === undefined ? await merged(context, project, view, flags) : await one(project, view, service, flags);
  if (flags.format === 'yaml') context.out.write((await import('../../config/to-yaml.ts')).toYaml(document));
  else context.out.write(`${JSON.stringify(document, null, 2)}\n`);
  return 0;
}

/** As it runs, or as the file says. */
async function system(context: Context): Promise<{ project: Project; view: View | undefined }> {
  const connected = await tryConnect(context);
  if (!connected) {
    const { loadProjectFor } = await import('../project.ts');
    return { project: await loadProjectFor(context), view: undefined };
  }
  try {
    const { client } = connected;
    const project = await client.request('project', {});
    if (project) return { project, view: await client.request('view', {}) };
    const { loadProjectFor } = await import('../project.ts');
    return { project: await loadProjectFor(context), view: undefined };
  } finally {
    connected.client.close();
  }
}

async function one(project: Project, view: View | undefined, name: string, flags: OpenApiFlags): Promise<Document> {
  const found = await documentOf(project.services[name] as ServiceSpec, view, flags);
  if (found) return found;
  const running = view?.services[name]?.enabled === true;
  throw new MsvcError('MSVC_NO_OPENAPI', `${name} has no OpenAPI document`, {
    facts: { service: name },
    hint: running
      ? `put openapi.json into its folder, or answer it at ${DOCUMENT_PATHS[0]}`
      : 'put openapi.json into its folder, or start it, so that it can be asked',
  });
}

async function merged(
  context: Context,
  project: Project,
  view: View | undefined,
  flags: OpenApiFlags,
): Promise<Document> {
  const routed = Object.values(project.services).filter(({ routes }) => routes.length > 0);
  const parts = await Promise.all(
    routed.map(async (spec): Promise<Part | string> => {
      const document = await documentOf(spec, view, flags);
      return document ? { service: spec.name, document, routes: spec.routes } : spec.name;
    }),
  );
  const without = parts.filter((part) => typeof part === 'string');
  if (without.length > 0) {
    const { err } = context;
    err.line(`${err.style.paint('yellow', 'note:')} without a document: ${list(without)}`);
  }
  const found = parts.filter((part): part is Part => typeof part !== 'string');
  return mergeDocuments(found, { title: project.name, server: view?.gateway?.url });
}

/** @throws MsvcError MSVC_NO_OPENAPI when its file is none */
async function documentOf(
  spec: ServiceSpec,
  view: View | undefined,
  { live }: OpenApiFlags,
): Promise<Document | undefined> {
  const file = live ? undefined : documentFile(spec);
  if (file === undefined) return await ask(spec, view);
  const document = await parseDocument(file.text);
  if (document) return document;
  throw new MsvcError('MSVC_NO_OPENAPI', `${shortPath(file.file, process.cwd())} is no OpenAPI 3 document`, {
    facts: { service: spec.name, file: file.file },
    hint: 'it needs `openapi: 3.1.0` (or 3.0) and `paths`',
  });
}

/** A ready replica, at the usual paths and at those below its routes. */
async function ask(spec: ServiceSpec, view: View | undefined): Promise<Document | undefined> {
  const ready = Object.values(view?.services[spec.name]?.instances ?? {}).find(
    (one) => one.phase === 'ready' && one.port !== null,
  );
  if (!ready) return undefined;
  const below = spec.routes
    .flatMap(({ matches }) => matches.map(({ path }) => path))
    .filter(({ type }) => type !== 'RegularExpression');
  const paths = [...below.map(({ value }) => `${value.replace(/\/$/, '')}/openapi.json`), ...DOCUMENT_PATHS];
  for (const path of new Set(paths)) {
    const document = await fetchDocument(`${ownUrl(ready)}${path}`);
    if (document) return document;
  }
  return undefined;
}

async function fetchDocument(url: string): Promise<Document | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(LIVE_TIMEOUT_MS) });
    return response.ok ? await parseDocument(await response.text()) : undefined;
  } catch {
    return undefined;
  }
}
