/**
 * Whether an OpenAPI document (3.0 or 3.1) holds together, and whether an answer is what it says. Its schemas are JSON Schema
 * 2020-12; every one is compiled, every reference must lead somewhere.
 */
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';

export interface OpenApi {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components?: { readonly schemas?: Readonly<Record<string, object>> };
}

interface Operation {
  readonly operationId?: string;
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, { schema: object }>> }>>;
}

const METHODS = ['get', 'put', 'post', 'delete', 'patch', 'head', 'options', 'trace'];

/** What it promises: each operation with its statuses and what these come as, sorted. */
export function operations({ paths }: OpenApi): string[] {
  const all = Object.entries(paths).flatMap(([at, methods]) =>
    Object.entries(methods)
      .filter(([method]) => METHODS.includes(method))
      .map(([method, { responses }]) => {
        const promised = Object.entries(responses).map(([status, { content = {} }]) =>
          [status, ...Object.keys(content).sort()].join(' '),
        );
        return `${method} ${at} -> ${promised.sort().join(', ')}`;
      }),
  );
  return all.sort();
}

/** @returns what is wrong with it */
export function documentProblems(document: OpenApi): string[] {
  const problems: string[] = [];
  if (!/^3\.[01]\.\d+$/.test(document.openapi)) problems.push(`openapi is ${document.openapi}`);
  if (!document.info?.title || !document.info.version) problems.push('info lacks title or version');
  const ids = new Set<string>();
  for (const [path, item] of Object.entries(document.paths ?? {})) {
    if (!path.startsWith('/')) problems.push(`${path} does not begin with /`);
    for (const method of METHODS.filter((name) => item[name])) {
      const { operationId, responses } = item[method] as Operation;
      if (operationId === undefined || ids.has(operationId))
        problems.push(`${method} ${path}: its operationId is missing or taken`);
      else ids.add(operationId);
      if (Object.keys(responses ?? {}).length === 0) problems.push(`${method} ${path} has no responses`);
      for (const [status, response] of Object.entries(responses ?? {})) {
        for (const { schema } of Object.values(response.content ?? {})) {
          try {
            validator(document, schema);
          } catch (error) {
            problems.push(`${method} ${path} ${status}: ${(error as Error).message}`);
          }
        }
      }
    }
  }
  return problems;
}

export interface Answer {
  readonly method: string;
  /** As the document has it: `/api/x/{id}` */
  readonly path: string;
  readonly status: number;
  readonly contentType: string | undefined;
  readonly body: string;
}

/** @returns how the answer differs from the document */
export function answerProblems(document: OpenApi, answer: Answer): string[] {
  const at = `${answer.method} ${answer.path} ${answer.status}`;
  const response = document.paths[answer.path]?.[answer.method.toLowerCase()]?.responses[answer.status];
  if (!response) return [`${at} is not in the document`];
  if (!response.content) return answer.body === '' ? [] : [`${at} should have no body`];
  const type = answer.contentType?.split(';', 1)[0] ?? '';
  const described = response.content[type];
  if (!described) return [`${at} came as ${type}`];
  const validate = validator(document, described.schema);
  return validate(JSON.parse(answer.body)) ? [] : [`${at}: ${JSON.stringify(validate.errors)}`];
}

function validator(document: OpenApi, schema: object) {
  const ajv = new Ajv2020({ strict: false });
  (formats as unknown as (ajv: Ajv2020) => void)(ajv);
  return ajv.compile({ $id: 'document', components: document.components, allOf: [schema] });
}
