/**
 * The JSON Schema of msvc.yaml, for editors: draft 7, which the YAML language server knows best. Made from the schema
 * that validates; looser only where interpolation is: `${NAME}` may stand for a number, a word or a flag.
 */
import { SERVICE_NAME } from '../model/names.ts';
import { type RawSchema, rawSchema } from './schema/raw.ts';
import { withSharedSchemas } from './shared-schemas.ts';

const INTERPOLATED = '\\$(\\{|[A-Za-z_])';

export function jsonSchema(): Record<string, unknown> {
  const { $schema, ...root } = loosen(rawSchema());
  const services = (root.properties as Record<string, RawSchema>).services!;
  services.propertyNames = { pattern: SERVICE_NAME.source };
  const shared = withSharedSchemas(root);
  return { $schema, title: 'msvc.yaml', description: 'A system of services that msvc runs on one machine.', ...shared };
}

function loosen(schema: RawSchema): RawSchema {
  const { phrase: _phrase, kind, ...loose } = schema;
  if (loose.anyOf) loose.anyOf = loose.anyOf.map(loosen);
  if (loose.items) loose.items = loosen(loose.items);
  if (loose.properties) {
    loose.properties = Object.fromEntries(Object.entries(loose.properties).map(([key, inner]) => [key, loosen(inner)]));
    if (kind !== undefined) loose.patternProperties = { '^x-': {} };
  }
  if (typeof loose.additionalProperties === 'object') loose.additionalProperties = loosen(loose.additionalProperties);
  // What JavaScript can count to is no limit of the file's.
  if (loose.maximum === Number.MAX_SAFE_INTEGER) delete loose.maximum;
  if (loose.minimum === Number.MIN_SAFE_INTEGER) delete loose.minimum;
  if (loose.pattern !== undefined) loose.pattern = `(?:${loose.pattern})|${INTERPOLATED}`;
  return orInterpolated(loose);
}

function orInterpolated(schema: RawSchema): RawSchema {
  if (!(schema.enum || ['integer', 'number', 'boolean'].includes(schema.type ?? ''))) return schema;
  const { description, default: value, examples, ...shape } = schema;
  return {
    ...(description !== undefined && { description }),
    ...(value !== undefined && { default: value }),
    ...(examples && { examples }),
    anyOf: [shape, { type: 'string', pattern: INTERPOLATED }],
  };
}
