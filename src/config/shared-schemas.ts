/**
 * Parts of a JSON Schema that stand in it several times, moved to `definitions` and referred to: the same schema, a
 * fraction of its size. Pure.
 */
type Json = unknown;
type Schema = Record<string, Json>;

/** Shorter parts are easier to read where they stand. */
const LEAST_CHARACTERS = 300;

/** @param root without `definitions` of its own @returns a schema that allows and tells the same (draft 7: `$ref` stands alone) */
export function withSharedSchemas(root: Schema): Schema {
  const counts = new Map<string, number>();
  count(root, true, counts);
  const names = new Map<string, string>();
  const definitions: Schema = {};
  const share = (value: Json, isSchema: boolean): Json => {
    if (Array.isArray(value)) return value.map((item) => share(item, isSchema));
    if (!isMap(value)) return value;
    const key = isSchema && value !== root ? keyOf(value) : undefined;
    const known = key === undefined ? undefined : names.get(key);
    if (known !== undefined) return { $ref: known };
    const shared = Object.fromEntries(
      Object.entries(value).map(([name, inner]) => [
        name,
        WORDS.has(name) ? inner : share(inner, isSchemaAt(name, isSchema)),
      ]),
    );
    if (key === undefined || (counts.get(key) ?? 0) < 2) return shared;
    const name = `shared${names.size + 1}`;
    names.set(key, `#/definitions/${name}`);
    definitions[name] = shared;
    return { $ref: `#/definitions/${name}` };
  };
  const result = share(root, true) as Schema;
  return Object.keys(definitions).length === 0 ? result : { ...result, definitions };
}

/** Not schemas, whatever they look like. */
const WORDS = new Set(['default', 'examples', 'enum', 'required', 'const']);
/** Maps from names to schemas. */
const MAPS = new Set(['properties', 'patternProperties']);

/** Below a schema its keywords hold schemas, except in maps, where the values do. */
function isSchemaAt(keyword: string, parentIsSchema: boolean): boolean {
  return !(parentIsSchema && MAPS.has(keyword));
}

function count(value: Json, isSchema: boolean, counts: Map<string, number>): void {
  if (Array.isArray(value)) for (const item of value) count(item, isSchema, counts);
  if (!isMap(value)) return;
  const key = isSchema ? keyOf(value) : undefined;
  if (key !== undefined) {
    const before = counts.get(key) ?? 0;
    counts.set(key, before + 1);
    // What is in it is counted once: it will stand there once.
    if (before > 0) return;
  }
  for (const [name, inner] of Object.entries(value))
    if (!WORDS.has(name)) count(inner, isSchemaAt(name, isSchema), counts);
}

function keyOf(schema: Schema): string | undefined {
  const text = JSON.stringify(schema);
  return text.length < LEAST_CHARACTERS ? undefined : text;
}

function isMap(value: Json): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
