/** What came of a check, in sentences. Pure. */
import type { Json } from '../../model/smoke.ts';
import type { CheckResult, Mismatch, Problem } from '../../smoke/result.ts';
import { count, list } from '../wording/lists.ts';
import { duration } from '../wording/time.ts';

const SHOWN_CHARACTERS = 160;

/** Why it did not pass, a line each; empty when it did. */
export function reasonLines({ mismatches, problem }: Pick<CheckResult, 'mismatches' | 'problem'>): string[] {
  return [...(problem ? [problemWords(problem)] : []), ...mismatches.map(mismatchWords)];
}

function problemWords(problem: Problem): string {
  switch (problem.kind) {
    case 'timeout':
      return `timed out: ${problem.message}`;
    case 'connection':
      return `no connection: ${problem.message}`;
    case 'launch':
      return `cannot be made: ${problem.message}`;
    case 'prior':
      return problem.because ? `nothing was captured as ${list(problem.because)}` : problem.message;
    default:
      return problem.message;
  }
}

function mismatchWords(mismatch: Mismatch): string {
  const { where, rule, expected, actual, detail } = mismatch;
  if (rule === 'not-json') return `the body is not JSON (${detail}): ${shown(actual)}`;
  switch (where.kind) {
    case 'status':
      return `status is ${String(actual)}, expected ${either(expected)}`;
    case 'exit':
      return `exit code is ${String(actual)}, expected ${String(expected)}`;
    case 'latency':
      return `took ${duration(Number(actual))}, expected at most ${duration(Number(expected))}`;
    case 'log':
      return actual === true
        ? `no such line was written: ${shown(expected)}`
        : `a line was written that must not be: ${shown(expected)}`;
    case 'schema':
      return `${where.path} does not follow the schema: ${detail}${actual === undefined ? '' : `, it is ${shown(actual)}`}`;
    case 'openapi':
      return openapiWords(mismatch);
    default:
      return `${subject(where)} ${found(rule, actual)}, expected ${condition(rule, expected)}`;
  }
}

function openapiWords({ where, rule, expected, actual, detail }: Mismatch): string {
  if (rule === 'path') return `the OpenAPI document has no ${shown(expected)} that fits ${shown(actual)}`;
  if (rule === 'status')
    return `the OpenAPI document has no status ${String(actual)} for this, only ${either(expected)}`;
  if (rule === 'content-type') return `content-type is ${shown(actual)}, the OpenAPI document has ${either(expected)}`;
  const path = 'path' in where ? where.path : '$';
  return `${path} is not as the OpenAPI document says: ${detail}${actual === undefined ? '' : `, it is ${shown(actual)}`}`;
}

function subject(where: Mismatch['where']): string {
  if (where.kind === 'header') return `header ${where.name}`;
  return 'path' in where ? where.path : where.kind;
}

function found(rule: string, actual: Json | undefined): string {
  if (actual === undefined) return 'is not there';
  if (rule === 'count') return `has ${count(sizeOf(actual), 'element')}`;
  if (rule === 'type') return `is ${typeOf(actual)} ${shown(actual)}`;
  return `is ${shown(actual)}`;
}

function condition(rule: string, expected: Json): string {
  switch (rule) {
    case 'equals':
      return shown(expected);
    case 'not':
      return `anything but ${shown(expected)}`;
    case 'contains':
      return `something with ${shown(expected)}`;
    case 'matches':
      return `a match of /${String(expected)}/`;
    case 'gt':
      return `more than ${String(expected)}`;
    case 'gte':
      return `${String(expected)} or more`;
    case 'lt':
      return `less than ${String(expected)}`;
    case 'lte':
      return `${String(expected)} or less`;
    case 'exists':
      return expected === true ? 'something' : 'nothing';
    default:
      return String(expected);
  }
}

function either(expected: Json): string {
  const words = (Array.isArray(expected) ? expected : [expected]).map(String);
  return words.length === 0 ? 'none' : words.join(' or ');
}

/** Of a list, text or map; a mismatch of a list's length carries the length itself. */
function sizeOf(value: Json): number {
  if (typeof value === 'number') return value;
  return typeof value === 'string' || Array.isArray(value) ? value.length : Object.keys(value as object).length;
}

function typeOf(value: Json): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : typeof value === 'object' ? 'a map' : `a ${typeof value}`;
}

function shown(value: Json | undefined): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}...` : text;
}
