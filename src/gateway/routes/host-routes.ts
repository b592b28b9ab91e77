/**
 * The routes of one host name made ready for lookups. Precedence as the Gateway API orders it: Exact path,
 * RegularExpression (its place is the implementation's to choose), longest PathPrefix, method, number of headers, number
 * of query parameters, first written. The cost of a lookup grows with the segments of the path, not with the routes;
 * expressions alone are tried one by one.
 * https://gateway-api.sigs.k8s.io/reference/spec/#httprouterule
 */
import type { Route, RouteMatch } from '../../model/route.ts';
import type { RequestHead } from '../http/request-head.ts';
import { type CompiledRoute, type CompiledRule, compileRoute, compileRule } from './compiled-route.ts';
import type { RateLimiter } from './rate-limiter.ts';

export interface Found {
  readonly compiled: CompiledRoute;
  /** The part of the normalised path that the prefix matched; '' for other kinds of match. */
  readonly prefix: string;
}

/** A route as the table has it, and its place there. */
export class Given {
  #rule: CompiledRule | null = null;

  constructor(
    readonly route: Route,
    readonly order: number,
    readonly limiter: RateLimiter | null,
  ) {}

  /** One for all of its host names, which share its turns. */
  get rule(): CompiledRule {
    this.#rule ??= compileRule(this.route, this.limiter);
    return this.#rule;
  }
}

interface Tables {
  readonly exact: ReadonlyMap<string, readonly CompiledRoute[]>;
  readonly patterns: readonly CompiledRoute[];
  readonly prefixes: ReadonlyMap<string, readonly CompiledRoute[]>;
}

/** Routes of one host name; made ready by the first request to it, since most services are never asked by their own. */
export class HostRoutes {
  readonly #given: Given[] = [];
  #tables: Tables | null = null;

  /** Before the first `find`. */
  add(given: Given): void {
    this.#given.push(given);
  }

  find(head: RequestHead, path: string, query: string, method: string): Found | null {
    const { exact, patterns, prefixes } = this.#tables ?? this.#compile();
    const whole = firstHolding(exact.get(path), head, query, method);
    if (whole) return { compiled: whole, prefix: '' };
    for (const entry of patterns) {
      if (entry.pattern!.test(path) && holds(entry, head, query, method)) return { compiled: entry, prefix: '' };
    }
    if (prefixes.size === 0) return null;
    let prefix = path;
    for (;;) {
      const entry = firstHolding(prefixes.get(prefix), head, query, method);
      if (entry) return { compiled: entry, prefix };
      if (prefix.length <= 1) return null;
      const slash = prefix.lastIndexOf('/');
      prefix = slash <= 0 ? '/' : prefix.slice(0, slash);
    }
  }

  #compile(): Tables {
    const exact = new Map<string, CompiledRoute[]>();
    const patterns: CompiledRoute[] = [];
    const prefixes = new Map<string, CompiledRoute[]>();
    for (const { route, order, rule } of this.#given.splice(0)) {
      for (const match of route.matches) {
        const entry = compileRoute(rule, match, order);
        const { type, value } = match.path;
        if (type === 'RegularExpression') patterns.push(entry);
        else if (type === 'Exact') push(exact, value, entry);
        else push(prefixes, barePrefix(value), entry);
      }
    }
    for (const lists of [exact, prefixes]) for (const list of lists.values()) list.sort(byConditions);
    patterns.sort((a, b) => b.match.path.value.length - a.match.path.value.length || byConditions(a, b));
    this.#tables = { exact, patterns, prefixes };
    return this.#tables;
  }
}

/** `/a/` and `/a` are one prefix. */
export function barePrefix(value: string): string {
  return value.length > 1 && value.endsWith('/') ? value.slice(0, -1) : value;
}

function push(map: Map<string, CompiledRoute[]>, key: string, entry: CompiledRoute): void {
  const list = map.get(key);
  if (list) list.push(entry);
  else map.set(key, [entry]);
}

/** What decides among matches of one host and path, in order: the better one comes first. */
export const CONDITION_RANKS: readonly {
  readonly name: 'method' | 'headers' | 'queryParams';
  readonly rank: (match: RouteMatch) => number;
}[] = [
  { name: 'method', rank: (match) => (match.method === undefined ? 0 : 1) },
  { name: 'headers', rank: (match) => match.headers?.length ?? 0 },
  { name: 'queryParams', rank: (match) => match.queryParams?.length ?? 0 },
];

function byConditions(a: CompiledRoute, b: CompiledRoute): number {
  for (const { rank } of CONDITION_RANKS) {
    const difference = rank(b.match) - rank(a.match);
    if (difference !== 0) return difference;
  }
  return a.order - b.order;
}

function firstHolding(
  list: readonly CompiledRoute[] | undefined,
  head: RequestHead,
  query: string,
  method: string,
): CompiledRoute | null {
  if (list === undefined) return null;
  for (const entry of list) if (holds(entry, head, query, method)) return entry;
  return null;
}

function holds(entry: CompiledRoute, head: RequestHead, query: string, method: string): boolean {
  return (entry.method === null || entry.method === method) && (entry.holds === null || entry.holds(head, query));
}
