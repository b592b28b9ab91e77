/**
 * Building blocks of the schema. Each carries three things for a person: the phrase a wrong value is answered with
 * (`must be <phrase>`), a description and examples. The error text of every zod issue is such a phrase; for an unknown
 * key it is the kind of map it stands in. `check.ts` makes diagnostics of them.
 */
import * as z from 'zod';
import { DURATION, RATE, SIZE } from '../units.ts';

export interface Words {
  readonly description: string;
  readonly examples?: readonly unknown[];
  readonly default?: unknown;
}

/** Kinds of maps with fixed keys, by the name that unknown keys are reported under. */
const kinds = new Map<string, readonly string[]>();

export function keysOf(kind: string): readonly string[] {
  return kinds.get(kind) ?? [];
}

export function kindsWithKey(key: string): string[] {
  return [...kinds].filter(([, keys]) => keys.includes(key)).map(([kind]) => kind);
}

/** A map with fixed keys; `x-...` keys are allowed in each and mean nothing. */
export function fixedMap<S extends z.ZodRawShape>(kind: string, phrase: string, shape: S) {
  kinds.set(kind, Object.keys(shape));
  const error: z.core.$ZodErrorMap = (issue) => (issue.code === 'unrecognized_keys' ? kind : phrase);
  return z.strictObject(shape, { error }).meta({ kind, phrase });
}

export function text(phrase: string, words: Words) {
  return z.string({ error: phrase }).min(1, { error: phrase }).meta(meta(phrase, words));
}

export function pattern(expression: RegExp, phrase: string, words: Words) {
  return z.string({ error: phrase }).regex(expression, { error: phrase }).meta(meta(phrase, words));
}

export function oneOf<const T extends readonly [string, ...string[]]>(values: T, words: Words) {
  const phrase = phraseOf(values);
  return z.enum(values, { error: phrase }).meta(meta(phrase, words));
}

export function flag(words: Words) {
  const phrase = '`true` or `false`';
  return z.boolean({ error: phrase }).meta(meta(phrase, words));
}

export function whole(least: number, most: number, words: Words) {
  const bounded = Number.isFinite(most);
  const phrase = bounded ? `a whole number from ${least} to ${most}` : `a whole number, ${least} or more`;
  const base = z.int({ error: phrase }).min(least, { error: phrase });
  return (bounded ? base.max(most, { error: phrase }) : base).meta(meta(phrase, words));
}

export function number(words: Words) {
  const phrase = 'a number';
  return z.number({ error: phrase }).meta(meta(phrase, words));
}

/** JSON of the user's own: whatever YAML can say. */
export function anything(phrase: string, words: Words) {
  return z.unknown().meta(meta(phrase, words));
}

export function duration(words: Words) {
  return pattern(DURATION, 'a duration such as `5s`, `1m30s` or `500ms`', words);
}

export function size(words: Words) {
  const phrase = 'a size such as `10m`, `512k` or `1gb`';
  return either(phrase, words, pattern(SIZE, phrase, words), whole(1, Number.POSITIVE_INFINITY, words));
}

export function rate(words: Words) {
  const phrase = 'a rate such as `64KiB/s`';
  return either(phrase, words, pattern(RATE, phrase, words), whole(1, Number.POSITIVE_INFINITY, words));
}

export function listOf<T extends z.ZodType>(phrase: string, item: T, words: Words) {
  return z.array(item, { error: phrase }).meta(meta(phrase, words));
}

export function either<T extends readonly [z.ZodType, ...z.ZodType[]]>(phrase: string, words: Words, ...forms: T) {
  return z.union(forms, { error: phrase }).meta(meta(phrase, words));
}

export function mapOf<T extends z.ZodType>(phrase: string, value: T, words: Words) {
  return z.record(z.string(), value, { error: phrase }).meta(meta(phrase, words));
}

/** A word, or what YAML reads as a number or boolean; its text counts. */
export function scalar(words: Words) {
  const phrase = 'a text, a number or `true`/`false`';
  return either(phrase, words, z.string({ error: phrase }), z.number({ error: phrase }), z.boolean({ error: phrase }));
}

function phraseOf(values: readonly string[]): string {
  const quoted = values.map((value) => `\`${value}\``);
  return quoted.length === 1 ? quoted[0]! : `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`;
}

/** `phrase` and `kind` are for the reference page; the JSON Schema goes without them. */
function meta(phrase: string, words: Words) {
  const { description, default: value, examples } = words;
  return {
    description,
    phrase,
    ...(value !== undefined && { default: value }),
    ...(examples && { examples: [...examples] }),
  };
}
