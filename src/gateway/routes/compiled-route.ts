/**
 * One match of one route, made ready: conditions checked beforehand, filters folded into what the request path needs.
 * Immutable but for the turns and buckets it refers to.
 */
import { Expression } from '../../model/expression/expression.ts';
import type { PolicyWords } from '../../model/policy.ts';
import type { HeaderChange, Route, RouteAuth, RouteFilter, RouteMatch } from '../../model/route.ts';
import { eachField, fieldValue } from '../http/fields.ts';
import type { RequestHead } from '../http/request-head.ts';
import { Cors } from './cors.ts';
import type { RateLimiter } from './rate-limiter.ts';
import { routeKey, routeLabel, routeWords } from './route-words.ts';
import { Split } from './split.ts';

export type Redirect = Extract<RouteFilter, { type: 'RequestRedirect' }>['requestRedirect'];
export type Rewrite = Extract<RouteFilter, { type: 'URLRewrite' }>['urlRewrite'];

/** What the filters of a rule come to, the same for all of its matches. */
export interface CompiledRule {
  readonly route: Route;
  readonly service: string;
  /** null: all requests go to `service`. */
  readonly split: Split | null;
  readonly rewrite: Rewrite | null;
  readonly redirect: Redirect | null;
  readonly requestHeaders: FieldChange | null;
  readonly responseHeaders: FieldChange | null;
  readonly cors: Cors | null;
  readonly limiter: RateLimiter | null;
  readonly auth: RouteAuth | null;
  /** null: its requests are treated as any of their caller's. */
  readonly words: PolicyWords | null;
  readonly label: string;
  /** What it is known by from one table to the next, labels may be alike; '' without words. */
  readonly key: string;
  /** 0 = none. */
  readonly requestMs: number;
  /** 0 = the gateway's default. */
  readonly backendMs: number;
}

/** One match of a rule. */
export interface CompiledRoute {
  readonly rule: CompiledRule;
  readonly match: RouteMatch;
  /** Place of the route in the table; decides the last tie. */
  readonly order: number;
  readonly method: string | null;
  /** Header and query conditions; null when there are none. */
  readonly holds: ((head: RequestHead, query: string) => boolean) | null;
  readonly pattern: Expression | null;
}

/** A header modifier: fields to take out, then lines to put in. */
export interface FieldChange {
  readonly remove: ReadonlySet<string>;
  readonly lines: string;
}

/** @param limiter of its rate limit, perhaps one that has been counting already; null = it has none */
export function compileRule(route: Route, limiter: RateLimiter | null): CompiledRule {
  let rewrite: Rewrite | null = null;
  let redirect: Redirect | null = null;
  let requestHeaders: FieldChange | null = null;
  let responseHeaders: FieldChange | null = null;
  let cors: Cors | null = null;
  for (const filter of route.filters) {
    switch (filter.type) {
      case 'URLRewrite':
        rewrite = filter.urlRewrite;
        break;
      case 'RequestRedirect':
        redirect = filter.requestRedirect;
        break;
      case 'RequestHeaderModifier':
        requestHeaders = withTrace(fieldChange(filter.requestHeaderModifier));
        break;
      case 'ResponseHeaderModifier':
        responseHeaders = fieldChange(filter.responseHeaderModifier);
        break;
      case 'CORS':
        cors = new Cors(filter.cors);
        break;
    }
  }
  const words = routeWords(route);
  return {
    route,
    service: route.service,
    split: route.backendRefs ? new Split(route.backendRefs, route.hashOn) : null,
    rewrite,
    redirect,
    requestHeaders,
    responseHeaders,
    cors,
    limiter,
    auth: route.auth ?? null,
    words,
    label: routeLabel(route),
    key: words === null ? '' : routeKey(route),
    requestMs: route.timeouts.requestMs ?? 0,
    backendMs: route.timeouts.backendRequestMs ?? 0,
  };
}

export function compileRoute(rule: CompiledRule, match: RouteMatch, order: number): CompiledRoute {
  return {
    rule,
    match,
    order,
    method: match.method ?? null,
    holds: compileConditions(match),
    pattern: match.path.type === 'RegularExpression' ? new Expression(match.path.value) : null,
  };
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

/** W3C Trace Context 3.3: a `tracestate` belongs to its `traceparent`; another trace does not begin with it. */
function withTrace(change: FieldChange): FieldChange {
  if (!change.remove.has('traceparent')) return change;
  return { ...change, remove: new Set([...change.remove, 'tracestate']) };
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

/** Whether a value is what a condition wants. */
export function valueTest(type: 'Exact' | 'RegularExpression', wanted: string): (value: string) => boolean {
  if (type === 'Exact') return (value) => value === wanted;
  const pattern = new Expression(wanted);
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

/** Both, the second on top of the first. */
export function joinChanges(first: FieldChange | null, second: FieldChange): FieldChange {
  if (first === null) return second;
  return { remove: new Set([...first.remove, ...second.remove]), lines: first.lines + second.lines };
}
