/** As much of JSON Schema draft 7 as our schema uses; an unknown keyword is an error, so that nothing passes unchecked. */
type Schema = Record<string, unknown>;

const WORDS = new Set(['$schema', 'title', 'description', 'default', 'examples']);

/** The schema with every `$ref` to its `definitions` replaced by what it refers to. */
export function inlined({ definitions = {}, ...root }: Schema): Schema {
  const inline = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(inline);
    if (!isMap(value)) return value;
    const name = /^#\/definitions\/(\w+)$/.exec(String(value.$ref))?.[1];
    if (name !== undefined) return inline((definitions as Schema)[name]);
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, inline(inner)]));
  };
  return inline(root) as Schema;
}

/** @returns the paths that do not fit, empty when all do. */
export function misfits(schema: Schema | boolean, value: unknown, path = ''): string[] {
  if (schema === true) return [];
  if (schema === false) return [path];
  const found: string[] = [];
  for (const [keyword, rule] of Object.entries(schema)) {
    if (WORDS.has(keyword) || keyword === 'additionalProperties' || keyword === 'patternProperties') continue;
    const check = CHECKS[keyword];
    if (!check) throw new Error(`the schema uses ${keyword}`);
    found.push(...check(rule as never, value, path));
  }
  return [...found, ...additional(schema, value, path)];
}

type Check = (rule: never, value: unknown, path: string) => string[];

const fits = (condition: boolean, path: string): string[] => (condition ? [] : [path]);
const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const CHECKS: Record<string, Check> = {
  type: (rule: string | string[], value, path) =>
    fits(
      typeOf(value).some((type) => [rule].flat().includes(type)),
      path,
    ),
  enum: (rule: unknown[], value, path) => fits(rule.includes(value), path),
  pattern: (rule: string, value, path) => fits(typeof value !== 'string' || new RegExp(rule).test(value), path),
  minimum: (rule: number, value, path) => fits(typeof value !== 'number' || value >= rule, path),
  maximum: (rule: number, value, path) => fits(typeof value !== 'number' || value <= rule, path),
  minLength: (rule: number, value, path) => fits(typeof value !== 'string' || value.length >= rule, path),
  minItems: (rule: number, value, path) => fits(!Array.isArray(value) || value.length >= rule, path),
  required: (rule: string[], value, path) =>
    isMap(value) ? rule.filter((key) => !(key in value)).map((key) => `${path}.${key}`) : [],
  items: (rule: Schema, value, path) =>
    Array.isArray(value) ? value.flatMap((item, i) => misfits(rule, item, `${path}[${i}]`)) : [],
  anyOf: (rule: Schema[], value, path) =>
    fits(
      rule.some((form) => misfits(form, value).length === 0),
      path,
    ),
  properties: (rule: Record<string, Schema>, value, path) =>
    isMap(value)
      ? Object.entries(value).flatMap(([key, inner]) => (rule[key] ? misfits(rule[key], inner, `${path}.${key}`) : []))
      : [],
  propertyNames: (rule: Schema, value, path) =>
    isMap(value) ? Object.keys(value).flatMap((key) => misfits(rule, key, `${path}.${key}`)) : [],
};

function additional(schema: Schema, value: unknown, path: string): string[] {
  if (!isMap(value) || schema.additionalProperties === undefined) return [];
  const patterns = Object.keys((schema.patternProperties as Schema) ?? {}).map((pattern) => new RegExp(pattern));
  return Object.entries(value).flatMap(([key, inner]) => {
    const known = key in ((schema.properties as Schema) ?? {}) || patterns.some((pattern) => pattern.test(key));
    return known ? [] : misfits(schema.additionalProperties as Schema | boolean, inner, `${path}.${key}`);
  });
}

function typeOf(value: unknown): string[] {
  if (value === null) return ['null'];
  if (Array.isArray(value)) return ['array'];
  if (typeof value === 'number') return Number.isInteger(value) ? ['integer', 'number'] : ['number'];
  return [typeof value];
}
