/** What does not hold of an outcome, all at once. */
import type { Expectation, Json, SmokeCheck } from '../../model/smoke.ts';
import { type Outcome, parseBody } from '../outcome.ts';
import type { Mismatch } from '../result.ts';
import { find } from './jsonpath.ts';
import { violations } from './matcher.ts';
import { openapiMismatches } from './openapi.ts';
import { schemaMismatches } from './schema.ts';
import { subset } from './subset.ts';

/** A response below this is fine where nothing else is asked. */
const FIRST_BAD_STATUS = 400;

/** @param document of `expect.openapi` @throws CheckProblem when an expectation itself is wrong */
export async function mismatches(
  { action, expect }: SmokeCheck,
  outcome: Outcome,
  document: (source: NonNullable<Expectation['openapi']>) => Promise<Json>,
): Promise<Mismatch[]> {
  return [
    ...statusMismatches(expect, outcome),
    ...(outcome.kind === 'program' && outcome.exit !== (expect.exit ?? 0)
      ? [plain('exit', expect.exit ?? 0, outcome.exit)]
      : []),
    ...(action.kind === 'log' && outcome.found === action.absent
      ? [plain('log', action.line as Json, !action.absent)]
      : []),
    ...Object.entries(expect.headers).flatMap(([name, matcher]) =>
      violations(matcher, outcome.headers[name]).map((violation) => ({
        where: { kind: 'header' as const, name },
        ...violation,
        actual: outcome.headers[name],
      })),
    ),
    ...(expect.body
      ? violations(expect.body, textOf(outcome)).map((v) => ({
          where: { kind: 'body' as const },
          ...v,
          actual: textOf(outcome),
        }))
      : []),
    ...(await jsonMismatches(expect, outcome)),
    ...(expect.openapi && action.kind === 'request'
      ? await openapiMismatches(
          await document(expect.openapi),
          { method: action.method, path: pathOf(action.url) },
          outcome,
        )
      : []),
    ...(expect.latency?.isVerdict && outcome.tookMs > expect.latency.maxMs
      ? [plain('latency', expect.latency.maxMs, Math.round(outcome.tookMs))]
      : []),
  ];
}

function statusMismatches({ status }: Expectation, outcome: Outcome): Mismatch[] {
  if (outcome.status === undefined) return [];
  const ranges = status.length > 0 ? status : [{ from: 100, to: FIRST_BAD_STATUS - 1 }];
  const actual = outcome.status;
  if (ranges.some(({ from, to }) => actual >= from && actual <= to)) return [];
  return [
    plain(
      'status',
      ranges.map(({ from, to }) => (from === to ? String(from) : `${from}-${to}`)),
      actual,
    ),
  ];
}

async function jsonMismatches({ json, jsonpath, schema }: Expectation, outcome: Outcome): Promise<Mismatch[]> {
  if (json === undefined && schema === undefined && Object.keys(jsonpath).length === 0) return [];
  const parsed = parseBody(outcome);
  if (!parsed.ok) {
    const actual = outcome.body.slice(0, 200);
    return [{ where: { kind: 'json', path: '$' }, rule: 'not-json', expected: 'JSON', actual, detail: parsed.detail }];
  }
  const all = json === undefined ? [] : subset(json, parsed.value);
  for (const [path, matcher] of Object.entries(jsonpath)) {
    const actual = await find(path, parsed.value);
    for (const violation of violations(matcher, actual))
      all.push({ where: { kind: 'jsonpath', path }, ...violation, actual });
  }
  if (schema) all.push(...(await schemaMismatches(schema, parsed.value)));
  return all;
}

function plain(kind: 'status' | 'exit' | 'latency' | 'log', expected: Json, actual: Json | undefined): Mismatch {
  return { where: { kind }, rule: 'equals', expected, actual };
}

/** What a program prints ends with a line feed that nobody means. */
function textOf({ kind, body }: Outcome): string {
  return kind === 'program' ? body.replace(/\n$/, '') : body;
}

function pathOf(url: string): string {
  return url.startsWith('/') ? (url.split(/[?#]/)[0] as string) : new URL(url).pathname;
}
