/**
 * Where a value of the definition comes from: what `msvc config --explain orders.environment.X` shows. Data only; the
 * wording is the command line's. Secrets are masked in everything returned.
 */
import type { Place } from '../model/place.ts';
import type { SecretValue } from '../model/project.ts';
import { suggest } from '../model/suggest.ts';
import { isGivenTo } from './interpolate/provided.ts';
import type { LoadResult } from './load.ts';
import { maskDeep, maskText } from './mask.ts';
import { resolved } from './resolved.ts';
import { shortFormOf } from './short-forms.ts';
import { type Node, placeOf, type SourceFile, type VariableUse } from './tree/node.ts';

export type ExplainedSource =
  | {
      readonly kind: 'file';
      readonly role: SourceFile['role'];
      readonly place: Place;
      /** As it stands there; null for a map or list. */
      readonly written: string | null;
      /** After interpolation. */
      readonly value: string | null;
      readonly variables: readonly VariableUse[];
    }
  | { readonly kind: 'env_file'; readonly place: Place; readonly value: string }
  /** Filled at launch. */
  | { readonly kind: 'msvc'; readonly name: string }
  /** Inherited from the shell. */
  | { readonly kind: 'shell'; readonly name: string; readonly value: string }
  | { readonly kind: 'option'; readonly name: '--port' | '--project-name' }
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 'default' };

export interface Explanation {
  /** `services.orders.environment.X`, whatever shorthand was asked for. */
  readonly path: string;
  readonly found: boolean;
  /** A path that exists, where this one does not. */
  readonly suggestion?: string;
  /** As in `msvc config`; undefined when there is none. */
  readonly value: unknown;
  /** The value holds a secret and is masked. */
  readonly secret: boolean;
  /** Strongest first: the first one holds, the others were overridden. */
  readonly sources: readonly ExplainedSource[];
}

type Loaded = Extract<LoadResult, { ok: true }>;

/** @param path `orders.replicas`, `services.orders.replicas`, `gateway.port`; a service's name may stand alone. */
export function explain(result: Loaded, path: string): Explanation {
  const { project, sources } = result;
  const printed = resolved(project);
  const steps = stepsOf(path, printed, sources.root);
  if (steps.length === 0) return { path: '', found: false, value: undefined, secret: false, sources: [] };
  const value = valueAt(printed, steps) ?? plainAt(sources.root, steps, project.secrets);
  const chain = maskDeep(sourcesOf(result, steps, value !== undefined), project.secrets);
  const found = value !== undefined || chain.length > 0;
  const suggestion = found ? undefined : nearest(steps, printed);
  return {
    path: steps.join('.'),
    found,
    ...(suggestion !== undefined && { suggestion }),
    value: value ?? undefined,
    secret: JSON.stringify(value ?? null).includes('***'),
    sources: chain,
  };
}

function sourcesOf(result: Loaded, steps: readonly string[], exists: boolean): ExplainedSource[] {
  const { project, sources } = result;
  const key = steps.join('.');
  if (key === 'name' && sources.name !== 'file') return nameSources(result);
  const node = steps.reduce<Node | undefined>(child, sources.root);
  const written = node ? fileSources(node) : [];
  if (key === 'gateway.port' && sources.gatewayPort !== undefined)
    return [{ kind: 'option', name: '--port' }, ...written];
  if (steps[0] === 'services' && steps[2] === 'environment' && steps.length === 4) {
    return [...written, ...environmentSources(result, steps[1]!, steps[3]!)];
  }
  if (written.length > 0) return written;
  if (steps[0] === 'services' && project.services[steps[1] ?? ''] === undefined) return [];
  if (!exists) return [];
  const short = shortFormOf(sources.root, steps);
  return short ? fileSources(short) : [{ kind: 'default' }];
}

function nameSources({ project, sources }: Loaded): ExplainedSource[] {
  const node = child(sources.root, 'name');
  const below: ExplainedSource[] = node ? fileSources(node) : [{ kind: 'folder', path: project.dir }];
  if (sources.name === 'option') return [{ kind: 'option', name: '--project-name' }, ...below];
  if (sources.name === 'variable') return [{ kind: 'variable', name: 'MSVC_PROJECT_NAME' }, ...below];
  return below;
}

/** `environment` first (the caller has it), then msvc, then env files, then the shell. */
function environmentSources({ project, sources }: Loaded, service: string, name: string): ExplainedSource[] {
  const spec = project.services[service];
  if (!spec) return [];
  const given = isGivenTo(spec, name);
  const entry = sources.envEntries.get(service)?.get(name);
  const inherited = sources.scope.lookup(name);
  return [
    ...(given ? [{ kind: 'msvc' as const, name }] : []),
    ...(entry ? [{ kind: 'env_file' as const, place: entry.place, value: entry.value }] : []),
    ...(inherited?.from === 'shell' ? [{ kind: 'shell' as const, name, value: inherited.value }] : []),
  ];
}

function fileSources(node: Node): ExplainedSource[] {
  const { file, start, end } = node.origin;
  const scalar = node.kind === 'scalar';
  return [
    {
      kind: 'file',
      role: file.role,
      place: placeOf(node),
      written: scalar ? file.text.slice(start, end) : null,
      value: scalar ? node.text : null,
      variables: (scalar && node.variables) || [],
    },
    ...(node.replaced ?? []).flatMap(fileSources),
  ];
}

function child(node: Node | undefined, step: string): Node | undefined {
  if (node?.kind === 'map') return node.entries.get(step)?.value;
  return node?.kind === 'list' ? node.items[Number(step)] : undefined;
}

/** Keys may hold dots: at each step the longest key that exists is taken. */
function stepsOf(path: string, printed: Record<string, unknown>, root: Node): string[] {
  const words = path.split('.').filter((word) => word !== '');
  if (words.length === 0) return [];
  const atTop = split(words, [printed, root]);
  const inServices = split(words, [printed.services, child(root, 'services')]);
  return atTop.known > 0 ? atTop.steps : ['services', ...inServices.steps];
}

function split(words: readonly string[], starts: readonly unknown[]): { steps: string[]; known: number } {
  const steps: string[] = [];
  let levels = starts;
  let known = 0;
  let at = 0;
  while (at < words.length) {
    let end = words.length;
    while (end > at + 1 && !levels.some((level) => step(level, words.slice(at, end).join('.')) !== undefined)) end--;
    const key = words.slice(at, end).join('.');
    levels = levels.map((level) => step(level, key));
    if (levels.some((level) => level !== undefined)) known++;
    steps.push(key);
    at = end;
  }
  return { steps, known };
}

function step(level: unknown, key: string): unknown {
  if (typeof level !== 'object' || level === null) return undefined;
  if ('origin' in level) return child(level as Node, key);
  return Object.hasOwn(level, key) ? (level as Record<string, unknown>)[key] : undefined;
}

function valueAt(value: unknown, steps: readonly string[]): unknown {
  return steps.reduce(step, value);
}

/** Of keys whose meaning `msvc config` writes under another one (`route`, `deploy.replicas`). */
function plainAt(root: Node, steps: readonly string[], secrets: Readonly<Record<string, SecretValue>>): unknown {
  const node = steps.reduce<Node | undefined>(child, root);
  return node?.kind === 'scalar' && node.value !== null ? maskText(node.text, secrets) : undefined;
}

function nearest(steps: readonly string[], printed: Record<string, unknown>): string | undefined {
  const parents = steps.map((_, i) => valueAt(printed, steps.slice(0, i)));
  const at = parents.findIndex((parent, i) => step(parent, steps[i]!) === undefined);
  const parent = parents[at];
  if (typeof parent !== 'object' || parent === null) return undefined;
  const near = suggest(steps[at]!, Object.keys(parent));
  return near === undefined ? undefined : [...steps.slice(0, at), near, ...steps.slice(at + 1)].join('.');
}
