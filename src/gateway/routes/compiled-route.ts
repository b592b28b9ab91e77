/**
 * One match of one route, made ready: conditions checked beforehand, filters folded into what the request path needs.
 * Immutable.
 */
import type { HeaderChange, Route, RouteFilter, RouteMatch } from '../../model/route.ts';
import { eachField, fieldValue } from '../http/fields.ts';
import type { RequestHead } from '../http/request-head.ts';

export type Redirect = Extract<RouteFilter, { type: 'RequestRedirect' }>['requestRedirect'];
export type Rewrite = Extract<RouteFilter, { type: 'URLRewrite' }>['urlRewrite'];

export interface CompiledRoute {
  readonly route: Route;
  readonly service: string;
  readonly match: RouteMatch;
  /** Place of the route in the table; decides the last tie. */
  readonly order: number;
  readonly method: string | null;
  /** Header and query conditions; null when there are none. */
  readonly holds: ((head: RequestHead, query: string) => boolean) | null;
  readonly pattern: RegExp | null;
  readonly rewrite: Rewrite | null;
  readonly redirect: Redirect | null;
  readonly requestHeaders: FieldChange | null;
  readonly responseHeaders: FieldChange | null;
  /** 0 = none. */
  readonly requestMs: number;
  /** 0 = the gateway's default. */
  readonly backendMs: number;
}

/** A header modifier: fields to take out, then lines to put in. */
export interface FieldChange {
  readonly remove: ReadonlySet<string>;
  readonly lines: string;
}

export function compileRoute(route: Route, match: RouteMatch, order: number): CompiledRoute {
  let rewrite: Rewrite | null = null;
  let redirect: Redirect | null = null;
  let requestHeaders: FieldChange | null = null;
  let responseHeaders: FieldChange | null = null;
  for (const filter of route.filters) {
    if (filter.type === 'URLRewrite') rewrite = filter.urlRewrite;
    else if (filter.type === 'RequestRedirect') redirect = filter.requestRedirect;
    else if (filter.type === 'RequestHeaderModifier') requestHeaders = fieldChange(filter.requestHeaderModifier);
    else if (filter.type === 'ResponseHeaderModifier') responseHeaders = fieldChange(filter.responseHeaderModifier);
  }
  return {
    route,
    service: route.service,
    match,
    order,
    method: match.method ?? null,
    holds: compileConditions(match),
    pattern: match.path.type === 'RegularExpression' ? wholePattern(match.path.value) : null,
    rewrite,
    redirect,
    requestHeaders,
    responseHeaders,
    requestMs: route.timeouts.requestMs ?? 0,
    backendMs: route.timeouts.backendRequestMs ?? 0,
  };
}

/** A regular expression matches the whole value, as in Envoy and most implementations of the Gateway API. */
function wholePattern(source: string): RegExp {
  return new RegExp(`^(?:${source})$`);
}

function fieldChange(change: HeaderChange): FieldChange {
  const remove = new Set((change.remove ?? []).map((name) => name.toLowerCase()));
  let lines = '';
  for (const { name, value } of change.set ?? []) {
    remove.add(name.toLowerCase());
    lines += `${name}: ${value}\r\n`;
  }
  for (const { name, value } of change.add ?? []) lines += `${name}: ${value}\r\n`;
  return { remove, lines };
}

function compileConditions(match: RouteMatch): CompiledRoute['holds'] {
  const headers = (match.headers ?? []).map((condition) => ({
    name: condition.name.toLowerCase(),
    test: valueTest(condition.type, condition.value),
  }));
  const params = (match.queryParams ?? []).map((condition) => ({
    name: condition.name,
    test: valueTest(condition.type, condition.value),
  }));
  if (headers.length === 0 && params.length === 0) return null;
  return (head, query) => {
    const lines = head.text.slice(head.fieldsStart);
    for (const { name, test } of headers) {
      const value = fieldValue(lines, name);
      if (value === undefined || !test(value)) return false;
    }
    if (params.length === 0) return true;
    const given = new URLSearchParams(query);
    return params.every(({ name, test }) => {
      const value = given.get(name);
      return value !== null && test(value);
    });
  };
}

function valueTest(type: 'Exact' | 'RegularExpression', wanted: string): (value: string) => boolean {
  if (type === 'Exact') return (value) => value === wanted;
  const pattern = wholePattern(wanted);
  return (value) => pattern.test(value);
}

/** Applies a header modifier to a block of lines. `add` extends what is there: further lines of the same name are a list. */
export function changeFields(lines: string, change: FieldChange): string {
  if (change.remove.size === 0) return lines + change.lines;
  let kept = '';
  eachField(lines, (name, _value, start, end) => {
    if (!change.remove.has(name)) kept += lines.slice(start, end);
  });
  return kept + change.lines;
}
