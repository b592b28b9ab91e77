/**
 * A service's own host name (`catalog.localhost`): all of its paths, without a route of anybody's. It would be a way
 * around what the routes ask for, so a path asks here for what the route that leads to it asks for. Routes match what a
 * client writes and may rewrite it, so their matches are first turned into those of the paths that the service gets.
 * Where no one answer can be given, there is no way in: two routes that ask for different things lead to the path in
 * the same manner, or none leads to it (the service may still take it for one that is guarded, in another spelling) and
 * the guarded ones do not all ask for the same.
 */
import type { PathMatch, Route, RouteAuth, RouteMatch } from '../../model/route.ts';
import type { RequestHead } from '../http/request-head.ts';
import type { RouteTable } from '../protocol.ts';
import { barePrefix, type Found, Given, HostRoutes } from './host-routes.ts';
import { normalPath } from './normal-path.ts';

const NOWHERE = { file: '', line: 0, column: 0 };
const ALL_PATHS: RouteMatch = { path: { type: 'PathPrefix', value: '/' } };

export class OwnHost {
  /** Routes that somebody wrote for this host name: they go first. */
  readonly written = new HostRoutes();
  readonly #hostname: string;
  readonly #service: string;
  readonly #table: RouteTable;
  #ways: { readonly routes: HostRoutes; readonly shut: ReadonlySet<Route> } | null = null;

  constructor(hostname: string, service: string, table: RouteTable) {
    this.#hostname = hostname;
    this.#service = service;
    this.#table = table;
  }

  find(head: RequestHead, path: string, query: string, method: string): Found | 'shut' {
    return this.written.find(head, path, query, method) ?? this.findOwn(head, path, query, method);
  }

  /** As `find`, as if nobody had written a route for this host name. The rule holds nothing but whom to ask. */
  findOwn(head: RequestHead, path: string, query: string, method: string): Found | 'shut' {
    this.#ways ??= this.#findWays();
    const found = this.#ways.routes.find(head, path, query, method);
    return found === null || this.#ways.shut.has(found.compiled.rule.route) ? 'shut' : found;
  }

  /** Made by the first request: most services are never asked by their own name. */
  #findWays() {
    const { routes, auth } = this.#table;
    const name = this.#service;
    const reaching = routes.filter((route) => isOfInterest(route, name));
    const byMatch = new Map<string, { match: RouteMatch; auths: RouteAuth[] }>();
    const note = (match: RouteMatch, auths: readonly RouteAuth[]): void => {
      const key = matchKey(match);
      const known = byMatch.get(key);
      if (known) known.auths.push(...auths);
      else byMatch.set(key, { match, auths: [...auths] });
    };
    for (const route of reaching) {
      for (const match of route.matches) note(atService(match, route), route.auth ? [route.auth] : []);
    }
    if (!byMatch.has(matchKey(ALL_PATHS))) {
      const byDefault = auth?.default === undefined ? [] : [{ provider: auth.default, require: {} }];
      note(ALL_PATHS, [...reaching.flatMap((route) => route.auth ?? []), ...byDefault]);
    }
    const ways = { routes: new HostRoutes(), shut: new Set<Route>() };
    let order = 0;
    for (const { match, auths } of byMatch.values()) {
      const asked = new Map(auths.map((one) => [authKey(one), one]));
      const [only] = asked.values();
      const route = { ...ownRoute(this.#hostname, name, only), matches: [match] };
      if (asked.size > 1) ways.shut.add(route);
      ways.routes.add(new Given(route, order++, null));
    }
    return ways;
  }
}

/** What a service's own host name comes to, as a route that nobody wrote. */
export function ownRoute(hostname: string, service: string, auth?: RouteAuth): Route {
  return {
    service: service as Route['service'],
    hostnames: [hostname],
    matches: [ALL_PATHS],
    filters: [],
    timeouts: {},
    place: NOWHERE,
    ...(auth && { auth }),
  };
}

/** Whether the route says something of the service's paths: one that lets everybody in does so only where it leads there. */
function isOfInterest({ service, backendRefs, filters, auth }: Route, name: string): boolean {
  const shares = (backendRefs ?? [{ name: service, weight: 1 }]).filter((ref) => ref.name === name);
  if (auth !== undefined) return shares.length > 0;
  return shares.some(({ weight }) => weight > 0) && !filters.some(({ type }) => type === 'RequestRedirect');
}

/** The match of a route, on the path that the service gets by it. */
function atService(match: RouteMatch, { filters }: Route): RouteMatch {
  const rewrite = filters.find((filter) => filter.type === 'URLRewrite')?.urlRewrite.path;
  if (!rewrite) return { ...match };
  const path: PathMatch =
    rewrite.type === 'ReplaceFullPath'
      ? { type: 'Exact', value: normalPath(rewrite.replaceFullPath).path }
      : { type: 'PathPrefix', value: normalPath(rewrite.replacePrefixMatch).path };
  return { ...match, path };
}

/** The same for matches that hold for the same requests by their words. */
function matchKey({ path: { type, value }, method, headers = [], queryParams = [] }: RouteMatch): string {
  const sorted = (list: readonly string[][]) => list.map((one) => JSON.stringify(one)).sort();
  return JSON.stringify([
    type,
    type === 'PathPrefix' ? barePrefix(value) : value,
    method,
    sorted(headers.map((one) => [one.type, one.name.toLowerCase(), one.value])),
    sorted(queryParams.map((one) => [one.type, one.name, one.value])),
  ]);
}

function authKey({ provider, require }: RouteAuth): string {
  return JSON.stringify([
    provider,
    Object.entries(require)
      .map(([claim, values]) => JSON.stringify([claim, [...values].sort()]))
      .sort(),
  ]);
}
