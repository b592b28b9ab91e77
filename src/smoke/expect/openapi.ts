/**
 * Whether a response is one that an OpenAPI document has for its request: the path and method, the status (or its
 * class, or `default`), the media type, the schema of the body. https://spec.openapis.org/oas/v3.1.0
 * A path at the gateway is found by `servers`: `servers: [{ url: /api/orders }]` with the path `/` is `/api/orders`.
 */
import type { Json } from '../../model/smoke.ts';
import type { Outcome } from '../outcome.ts';
import { CheckProblem, type Mismatch } from '../result.ts';
import { createAjv, validator } from './schema.ts';

type Tree = Readonly<Record<string, Json>>;

export interface Requested {
  readonly method: string;
  /** Without query. */
  readonly path: string;
}

export async function openapiMismatches(document: Json, requested: Requested, outcome: Outcome): Promise<Mismatch[]> {
  const method = requested.method.toLowerCase();
  const template = pathOf(document, requested.path, method);
  const no = (rule: string, expected: Json, actual: Json): Mismatch[] => [
    { where: { kind: 'openapi', path: '$' }, rule, expected, actual },
  ];
  if (template === undefined) return no('path', `${requested.method} of a path of the document`, requested.path);
  const responses = child(document, 'paths', template, method, 'responses');
  const status = String(outcome.status ?? 0);
  const key = [status, `${status[0]}XX`, `${status[0]}xx`, 'default'].find(
    (one) => child(responses, one) !== undefined,
  );
  if (key === undefined) return no('status', Object.keys((responses ?? {}) as Tree), status);
  const response = follow(document, child(responses, key));
  const content = child(response.value, 'content');
  if (content === undefined) return [];
  const type = (outcome.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  const media = Object.keys(content as Tree).find((one) => matchesType(one.toLowerCase(), type));
  if (media === undefined) return no('content-type', Object.keys(content as Tree), type);
  if (child(content, media, 'schema') === undefined || !/[/+]json$/.test(type)) return [];
  const pointer = response.pointer ?? `#/paths/${pointerStep(template)}/${method}/responses/${key}`;
  return await validate(document, `${pointer}/content/${pointerStep(media)}/schema`, outcome);
}

async function validate(document: Json, pointer: string, { body }: Outcome): Promise<Mismatch[]> {
  const ajv = await createAjv();
  let value: Json;
  try {
    value = JSON.parse(body) as Json;
  } catch (error) {
    const detail = (error as Error).message;
    return [
      { where: { kind: 'openapi', path: '$' }, rule: 'not-json', expected: 'JSON', actual: body.slice(0, 200), detail },
    ];
  }
  try {
    ajv.addSchema(document as object, 'document', false, false);
    const compiled = ajv.compile({ $ref: `document${pointer}` });
    return validator(compiled, 'openapi')(value);
  } catch (error) {
    throw new CheckProblem({
      kind: 'launch',
      message: `the OpenAPI document cannot be used: ${(error as Error).message}`,
    });
  }
}

/** The template that fits best: fewest parameters. */
function pathOf(document: Json, path: string, method: string): string | undefined {
  const servers = child(document, 'servers');
  const bases = (Array.isArray(servers) ? servers : []).map((server: Json) =>
    basePath(String(child(server, 'url') ?? '')),
  );
  const candidates = [
    path,
    ...bases.filter((base) => base !== '' && isBelow(path, base)).map((base) => path.slice(base.length) || '/'),
  ];
  const templates = Object.keys((child(document, 'paths') ?? {}) as Tree).filter(
    (template) => child(document, 'paths', template, method) !== undefined,
  );
  const fitting = templates.filter((template) => candidates.some((candidate) => fits(template, candidate)));
  return fitting.sort((a, b) => parameters(a) - parameters(b))[0];
}

function basePath(url: string): string {
  return url.replace(/^[a-z]+:\/\/[^/]*/i, '').replace(/\/+$/, '');
}

function isBelow(path: string, base: string): boolean {
  return path === base || path.startsWith(`${base}/`);
}

function fits(template: string, path: string): boolean {
  const [wanted, given] = [template, path].map((text) => text.replace(/(.)\/$/, '$1').split('/')) as [
    string[],
    string[],
  ];
  return (
    wanted.length === given.length &&
    wanted.every((step, i) => (/^\{.*\}$/.test(step) ? given[i] !== '' : step === given[i]))
  );
}

function parameters(template: string): number {
  return template.split('{').length;
}

function matchesType(pattern: string, type: string): boolean {
  const [kind] = type.split('/');
  return pattern === type || pattern === '*/*' || pattern === `${kind}/*` || pattern.split(';')[0] === type;
}

/** One local reference, as responses have them. */
function follow(document: Json, value: Json | undefined): { value: Json | undefined; pointer?: string } {
  const ref = child(value, '$ref');
  if (typeof ref !== 'string' || !ref.startsWith('#/')) return { value };
  const steps = ref
    .slice(2)
    .split('/')
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
  return { value: child(document, ...steps), pointer: ref };
}

function child(value: Json | undefined, ...steps: readonly string[]): Json | undefined {
  let found = value;
  for (const step of steps) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, step)) return undefined;
    found = (found as Tree)[step];
  }
  return found;
}

/** RFC 6901 within a URI fragment. */
function pointerStep(step: string): string {
  return encodeURIComponent(step.replaceAll('~', '~0').replaceAll('/', '~1'));
}
