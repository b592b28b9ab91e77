/** JSON Schema (2020-12) by ajv. Loaded when a check needs it. */
import { readFile } from 'node:fs/promises';
import type { Expectation, Json } from '../../model/smoke.ts';
import { CheckProblem, type Mismatch } from '../result.ts';

const MOST = 10;

type Validate = (value: Json) => Mismatch[];

/** @throws CheckProblem when the schema cannot be read or is none */
export async function schemaMismatches(schema: NonNullable<Expectation['schema']>, value: Json): Promise<Mismatch[]> {
  const text = schema.kind === 'inline' ? schema.schema : await readDocument(schema.path);
  const ajv = await createAjv();
  try {
    return validator(ajv.compile(text as object), 'schema')(value);
  } catch (error) {
    throw new CheckProblem({ kind: 'launch', message: `not a JSON Schema: ${(error as Error).message}` });
  }
}

/** JSON or YAML. @throws CheckProblem */
export async function readDocument(path: string): Promise<Json> {
  try {
    const text = await readFile(path, 'utf8');
    if (path.endsWith('.json')) return JSON.parse(text) as Json;
    return (await import('yaml')).parse(text) as Json;
  } catch (error) {
    throw new CheckProblem({ kind: 'launch', message: `${path}: ${(error as Error).message}` });
  }
}

/** Unknown keywords are let be: documents carry examples, discriminators and words of other tools. */
export async function createAjv() {
  const [{ default: dialect }, { default: formats }] = await Promise.all([
    import('ajv/dist/2020.js'),
    import('ajv-formats'),
  ]);
  const ajv = new dialect.Ajv2020({ strict: false, allErrors: true });
  formats.default(ajv);
  return ajv;
}

type Ajv = Awaited<ReturnType<typeof createAjv>>;
type Compiled = ReturnType<Ajv['compile']>;

export function validator(validate: Compiled, kind: 'schema' | 'openapi'): Validate {
  return (value) => {
    if (validate(value)) return [];
    return (validate.errors ?? []).slice(0, MOST).map((error) => {
      const path = `$${error.instancePath.replace(/\/(\d+)(?=\/|$)/g, '[$1]').replaceAll('/', '.')}`;
      const expected = (error.params ?? {}) as Json;
      const detail = error.message ?? error.keyword;
      return { where: { kind, path }, rule: error.keyword, expected, actual: at(value, error.instancePath), detail };
    });
  };
}

/** RFC 6901. */
function at(value: Json, pointer: string): Json | undefined {
  let found: Json | undefined = value;
  for (const step of pointer.split('/').slice(1)) {
    if (typeof found !== 'object' || found === null) return undefined;
    found = (found as Readonly<Record<string, Json>>)[step.replaceAll('~1', '/').replaceAll('~0', '~')];
  }
  return found;
}
