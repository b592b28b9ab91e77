/**
 * The route table made ready for lookups: immutable, built whole, swapped whole. The most specific host goes first
 * (`host-table.ts`), then what `host-routes.ts` orders. The cost of a lookup grows with the segments of the path and the
 * labels of the host, not with the routes.
 */
import type { Route } from '../../model/route.ts';
import type { Authenticators } from '../auth/authenticators.ts';
import type { RequestHead } from '../http/request-head.ts';
import type { RouteTable } from '../protocol.ts';
import { type Found, Given, HostRoutes } from './host-routes.ts';
import { HostTable } from './host-table.ts';
import { OwnHost } from './own-host.ts';
import { type RateLimiter, RateLimiters } from './rate-limiter.ts';

export class Matcher {
  /** In the order they were written; what a 404 lists. */
  readonly routes: readonly Route[];
  readonly auth: Authenticators | null;
  /** Some route has a CORS filter. */
  readonly hasCors: boolean;
  readonly #hosts = new HostTable<HostRoutes | OwnHost>();
  readonly #any = new HostRoutes();

  /** @param limiters those of the table before, whose buckets go on. @param auth null: nobody asks who comes */
  constructor(table: RouteTable, limiters = new RateLimiters(), auth: Authenticators | null = null) {
    this.routes = table.routes;
    this.auth = auth;
    this.hasCors = table.routes.some(({ filters }) => filters.some(({ type }) => type === 'CORS'));
    for (const [hostname, service] of Object.entries(table.serviceHosts ?? {})) {
      this.#hosts.set(hostname.toLowerCase(), new OwnHost(hostname, service, table));
    }
    const limiterOf = limiters.renew();
    let order = 0;
    for (const route of table.routes) {
      // Asked for now, though nobody may come until the next table: its buckets go on to that.
      const given = new Given(route, order++, limiterFor(route, limiterOf));
      if (route.hostnames.length === 0) this.#any.add(given);
      for (const hostname of route.hostnames) this.#hostRoutes(hostname.toLowerCase()).add(given);
    }
  }

  /** @param host lower-cased, without port. @param path normalised. @param method for a preflight the one asked for */
  find(host: string, head: RequestHead, path: string, query: string, method = head.method): Found | null {
    const found =
      this.#hosts.find<Found | 'shut'>(host, (routes) => routes.find(head, path, query, method)) ??
      this.#any.find(head, path, query, method);
    return found === 'shut' ? null : found;
  }

  /** Whether a route or a service was declared for this host. */
  knowsHost(host: string): boolean {
    return this.#hosts.has(host);
  }

  #hostRoutes(hostname: string): HostRoutes {
    const known = this.#hosts.get(hostname);
    if (known) return known instanceof OwnHost ? known.written : known;
    const routes = new HostRoutes();
    this.#hosts.set(hostname, routes);
    return routes;
  }
}

function limiterFor(route: Route, limiterOf: ReturnType<RateLimiters['renew']>): RateLimiter | null {
  const { service, hostnames, matches, filters } = route;
  const limit = filters.findLast((filter) => filter.type === 'RateLimit');
  return limit ? limiterOf(JSON.stringify([service, hostnames, matches]), limit.rateLimit) : null;
}
