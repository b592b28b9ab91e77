/** The schema as plain JSON, with the phrases and kinds of `fields.ts` still in it. */
import * as z from 'zod';
import { projectSchema } from './project.ts';

export interface RawSchema {
  type?: string;
  description?: string;
  phrase?: string;
  /** Of a map with fixed keys. */
  kind?: string;
  default?: unknown;
  examples?: unknown[];
  enum?: string[];
  pattern?: string;
  minimum?: number;
  maximum?: number;
  anyOf?: RawSchema[];
  items?: RawSchema;
  properties?: Record<string, RawSchema>;
  patternProperties?: Record<string, RawSchema>;
  propertyNames?: RawSchema;
  required?: string[];
  additionalProperties?: RawSchema | boolean;
  [other: string]: unknown;
}

/** A fresh copy at each call. */
export function rawSchema(): RawSchema {
  return z.toJSONSchema(projectSchema(), { target: 'draft-7', io: 'input' }) as RawSchema;
}
