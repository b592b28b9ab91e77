/**
 * The route table made ready for lookups: immutable, built whole, swapped whole. Precedence as the Gateway API orders
 * it: most specific host, Exact path, RegularExpression, longest PathPrefix, method, number of headers, number of query
 * parameters, first written. The cost of a lookup grows with the segments of the path, not with the routes.
 * https://gateway-api.sigs.k8s.io/reference/spec/#httprouterule
 */
import type { Route } from '../../model/route.ts';
import type { RequestHead } from '../http/request-head.ts';
import type { RouteTable } from '../protocol.ts';
import { type CompiledRoute, compileRoute } from './compiled-route.ts';

export interface Found {
  readonly compiled: CompiledRoute;
  /** The part of the normalised path that the prefix matched; '' for other kinds of match. */
  readonly prefix: string;
}

/** Routes of one host name. */
class HostRoutes {
  readonly exact = new Map<string, CompiledRoute[]>();
  readonly patterns: CompiledRoute[] = [];
  readonly prefixes = new Map<string, CompiledRoute[]>();

  add(entry: CompiledRoute): void {
    const { type, value } = entry.match.path;
    if (type === 'RegularExpression') this.patterns.push(entry);
    else if (type === 'Exact') push(this.exact, value, entry);
    else push(this.prefixes, value.length > 1 && value.endsWith('/') ? value.slice(0, -1) : value, entry);
  }

  sort(): void {
    for (const list of this.exact.values()) list.sort(byConditions);
    for (const list of this.prefixes.values()) list.sort(byConditions);
    this.patterns.sort((a, b) => b.match.path.value.length - a.match.path.value.length || byConditions(a, b));
  }

  find(head: RequestHead, path: string, query: string): Found | null {
    const exact = firstHolding(this.exact.get(path), head, query);
    if (exact) return { compiled: exact, prefix: '' };
    for (const entry of this.patterns) {
      if (entry.pattern!.test(path) && holds(entry, head, query)) return { compiled: entry, prefix: '' };
    }
    let prefix = path;
    for (;;) {
      const entry = firstHolding(this.prefixes.get(prefix), head, query);
      if (entry) return { compiled: entry, prefix };
      if (prefix.length <= 1) return null;
      const slash = prefix.lastIndexOf('/');
      prefix = slash <= 0 ? '/' : prefix.slice(0, slash);
    }
  }
}

export class Matcher {
  /** In the order they were written; what a 404 lists. */
  readonly routes: readonly Route[];
  /** Every host name that routes or services answer to, lower-cased, wildcards as written. */
  readonly #exact = new Map<string, HostRoutes>();
  /** `.example.localhost` -> routes of `*.example.localhost`, longest first. */
  readonly #wildcards: { readonly suffix: string; readonly routes: HostRoutes }[] = [];
  readonly #any = new HostRoutes();

  constructor(table: RouteTable) {
    this.routes = table.routes;
    const hosts = new Map<string, HostRoutes>();
    table.routes.forEach((route, order) => {
      for (const match of route.matches) {
        const compiled = compileRoute(route, match, order);
        if (route.hostnames.length === 0) this.#any.add(compiled);
        for (const hostname of route.hostnames) hostRoutes(hosts, hostname).add(compiled);
      }
    });
    Object.entries(table.serviceHosts ?? {}).forEach(([hostname, service], index) => {
      const route = serviceHostRoute(hostname, service);
      hostRoutes(hosts, hostname).add(compileRoute(route, route.matches[0]!, table.routes.length + index));
    });
    for (const [hostname, routes] of hosts) {
      routes.sort();
      if (hostname.startsWith('*.')) this.#wildcards.push({ suffix: hostname.slice(1), routes });
      else this.#exact.set(hostname, routes);
    }
    this.#wildcards.sort((a, b) => b.suffix.length - a.suffix.length);
    this.#any.sort();
  }

  /** @param host lower-cased, without port. @param path normalised */
  find(host: string, head: RequestHead, path: string, query: string): Found | null {
    const found = this.#exact.get(host)?.find(head, path, query);
    if (found) return found;
    for (const { suffix, routes } of this.#wildcards) {
      if (host.length <= suffix.length || !host.endsWith(suffix)) continue;
      const wild = routes.find(head, path, query);
      if (wild) return wild;
    }
    return this.#any.find(head, path, query);
  }

  /** Whether a route or a service was declared for this host. */
  knowsHost(host: string): boolean {
    return (
      this.#exact.has(host) ||
      this.#wildcards.some(({ suffix }) => host.length > suffix.length && host.endsWith(suffix))
    );
  }
}

function serviceHostRoute(hostname: string, service: string): Route {
  return {
    service: service as Route['service'],
    hostnames: [hostname],
    matches: [{ path: { type: 'PathPrefix', value: '/' } }],
    filters: [],
    timeouts: {},
    place: { file: '', line: 0, column: 0 },
  };
}

function hostRoutes(hosts: Map<string, HostRoutes>, hostname: string): HostRoutes {
  const key = hostname.toLowerCase();
  let routes = hosts.get(key);
  if (!routes) {
    routes = new HostRoutes();
    hosts.set(key, routes);
  }
  return routes;
}

function push(map: Map<string, CompiledRoute[]>, key: string, entry: CompiledRoute): void {
  const list = map.get(key);
  if (list) list.push(entry);
  else map.set(key, [entry]);
}

function byConditions(a: CompiledRoute, b: CompiledRoute): number {
  return (
    Number(b.method !== null) - Number(a.method !== null) ||
    (b.match.headers?.length ?? 0) - (a.match.headers?.length ?? 0) ||
    (b.match.queryParams?.length ?? 0) - (a.match.queryParams?.length ?? 0) ||
    a.order - b.order
  );
}

function firstHolding(list: CompiledRoute[] | undefined, head: RequestHead, query: string): CompiledRoute | null {
  if (list === undefined) return null;
  for (const entry of list) if (holds(entry, head, query)) return entry;
  return null;
}

function holds(entry: CompiledRoute, head: RequestHead, query: string): boolean {
  return (entry.method === null || entry.method === head.method) && (entry.holds === null || entry.holds(head, query));
}
