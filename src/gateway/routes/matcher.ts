/**
 * The route table made ready for lookups: immutable, built whole, swapped whole. Precedence as the Gateway API orders
 * it: most specific host, Exact path, RegularExpression (its place is the implementation's to choose), longest
 * PathPrefix, method, number of headers, number of query parameters, first written. The cost of a lookup grows with
 * the segments of the path and the labels of the host, not with the routes; expressions alone are tried one by one.
 * https://gateway-api.sigs.k8s.io/reference/spec/#httprouterule
 */
import type { Route, RouteMatch } from '../../model/route.ts';
import type { Authenticators } from '../auth/authenticators.ts';
import type { RequestHead } from '../http/request-head.ts';
import type { RouteTable } from '../protocol.ts';
import { type CompiledRoute, type CompiledRule, compileRoute, compileRule } from './compiled-route.ts';
import { HostTable } from './host-table.ts';
import { type RateLimiter, RateLimiters } from './rate-limiter.ts';

export interface Found {
  readonly compiled: CompiledRoute;
  /** The part of the normalised path that the prefix matched; '' for other kinds of match. */
  readonly prefix: string;
}

/** A route as the table has it, and its place there. */
class Given {
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
class HostRoutes {
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

export class Matcher {
  /** In the order they were written; what a 404 lists. */
  readonly routes: readonly Route[];
  readonly auth: Authenticators | null;
  /** Some route has a CORS filter. */
  readonly hasCors: boolean;
  readonly #hosts = new HostTable<HostRoutes>();
  readonly #any = new HostRoutes();

  /** @param limiters those of the table before, whose buckets go on. @param auth null: nobody asks who comes */
  constructor(table: RouteTable, limiters = new RateLimiters(), auth: Authenticators | null = null) {
    this.routes = table.routes;
    this.auth = auth;
    this.hasCors = table.routes.some(({ filters }) => filters.some(({ type }) => type === 'CORS'));
    const limiterOf = limiters.renew();
    let order = 0;
    for (const route of table.routes) {
      // Asked for now, though nobody may come until the next table: its buckets go on to that.
      const given = new Given(route, order++, limiterFor(route, limiterOf));
      if (route.hostnames.length === 0) this.#any.add(given);
      for (const hostname of route.hostnames) this.#hostRoutes(hostname.toLowerCase()).add(given);
    }
    for (const route of serviceHostRoutes(table)) {
      const given = new Given(route, order++, null);
      for (const hostname of route.hostnames) this.#hostRoutes(hostname.toLowerCase()).add(given);
    }
  }

  /** @param host lower-cased, without port. @param path normalised. @param method for a preflight the one asked for */
  find(host: string, head: RequestHead, path: string, query: string, method = head.method): Found | null {
    return (
      this.#hosts.find(host, (routes) => routes.find(head, path, query, method)) ??
      this.#any.find(head, path, query, method)
    );
  }

  /** Whether a route or a service was declared for this host. */
  knowsHost(host: string): boolean {
    return this.#hosts.has(host);
  }

  #hostRoutes(hostname: string): HostRoutes {
    let routes = this.#hosts.get(hostname);
    if (!routes) {
      routes = new HostRoutes();
      this.#hosts.set(hostname, routes);
    }
    return routes;
  }
}

function limiterFor(route: Route, limiterOf: ReturnType<RateLimiters['renew']>): RateLimiter | null {
  const { service, hostnames, matches, filters } = route;
  const limit = filters.findLast((filter) => filter.type === 'RateLimit');
  return limit ? limiterOf(JSON.stringify([service, hostnames, matches]), limit.rateLimit) : null;
}

/** A service's own host name asks for no less than its routes do: it would be a way around them. */
export function serviceHostRoutes({ routes, serviceHosts = {}, auth }: RouteTable): Route[] {
  const guarded = routes.filter((route) => route.auth !== undefined);
  const otherwise = auth?.default === undefined ? undefined : { provider: auth.default, require: {} };
  return Object.entries(serviceHosts).map(([hostname, service]) => {
    const route = {
      service: service as Route['service'],
      hostnames: [hostname],
      matches: ALL_PATHS,
      filters: [],
      timeouts: {},
      place: NOWHERE,
    };
    const wanted = guarded.find((one) => reaches(one, service))?.auth ?? otherwise;
    return wanted ? { ...route, auth: wanted } : route;
  });
}

const ALL_PATHS: Route['matches'] = [{ path: { type: 'PathPrefix', value: '/' } }];
const NOWHERE = { file: '', line: 0, column: 0 };

function reaches({ service, backendRefs }: Route, name: string): boolean {
  return backendRefs ? backendRefs.some((ref) => ref.name === name) : service === name;
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
