/** Conditions on one value. Pure. */
import { isDeepStrictEqual } from 'node:util';
import type { Json, JsonType, Matcher } from '../../model/smoke.ts';

export interface Violation {
  readonly rule: keyof Matcher;
  readonly expected: Json;
}

/** @param value undefined: nothing is there @returns the conditions that do not hold */
export function violations(matcher: Matcher, value: Json | undefined): Violation[] {
  return (Object.keys(matcher) as (keyof Matcher)[])
    .filter((rule) => !holds(rule, matcher[rule] as Json, value))
    .map((rule) => ({ rule, expected: matcher[rule] as Json }));
}

function holds(rule: keyof Matcher, wanted: Json, value: Json | undefined): boolean {
  if (rule === 'exists') return (value !== undefined) === wanted;
  if (value === undefined) return rule === 'not';
  switch (rule) {
    case 'equals':
      return isSame(wanted, value);
    case 'not':
      return !isSame(wanted, value);
    case 'contains':
      if (Array.isArray(value)) return value.some((item: Json) => isSame(wanted, item));
      return typeof value === 'string' && value.includes(String(wanted));
    case 'matches':
      return typeof value !== 'object' && new RegExp(String(wanted), 'u').test(String(value));
    case 'gt':
      return typeof value === 'number' && value > Number(wanted);
    case 'gte':
      return typeof value === 'number' && value >= Number(wanted);
    case 'lt':
      return typeof value === 'number' && value < Number(wanted);
    case 'lte':
      return typeof value === 'number' && value <= Number(wanted);
    case 'count':
      return sizeOf(value) === wanted;
    case 'type':
      return isOf(wanted as JsonType, value);
  }
}

/** Header fields and bodies are texts: what was written as a number or flag is compared as it was written. */
function isSame(wanted: Json, value: Json): boolean {
  if (typeof value === 'string' && (typeof wanted === 'number' || typeof wanted === 'boolean'))
    return String(wanted) === value;
  return isDeepStrictEqual(wanted, value);
}

function sizeOf(value: Json): number | undefined {
  if (typeof value === 'string' || Array.isArray(value)) return value.length;
  return typeof value === 'object' && value !== null ? Object.keys(value).length : undefined;
}

function isOf(type: JsonType, value: Json): boolean {
  switch (type) {
    case 'null':
      return value === null;
    case 'array':
      return Array.isArray(value);
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value);
    case 'integer':
      return Number.isInteger(value);
    default:
      return typeof value === type;
  }
}
