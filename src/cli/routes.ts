/** The gateway's routes as rows: one a match, in the order they were written. Pure. */
import type { Route, RouteMatch } from '../model/route.ts';
import { readyCount, type View } from '../model/view.ts';
import type { RouteJson } from './json-contract.ts';

export function routeRows(view: View): RouteJson[] {
  return Object.values(view.services).flatMap((service) =>
    service.definition.routes.flatMap((route) =>
      route.matches.map((match) => routeRow(route, match, view.gateway?.url ?? null, readyCount(service))),
    ),
  );
}

function routeRow(route: Route, match: RouteMatch, gateway: string | null, ready: number): RouteJson {
  return {
    service: route.service,
    hosts: route.hostnames,
    pathType: match.path.type,
    path: match.path.value,
    method: match.method ?? null,
    headers: match.headers ?? [],
    queryParams: match.queryParams ?? [],
    filters: route.filters.map((filter) => filter.type),
    url: gateway === null || match.path.type === 'RegularExpression' ? null : addressOf(gateway, route, match),
    ready,
  };
}

/** The first host that is a name and not a pattern; `*.localhost` names resolve to loopback in browsers and curl. */
function addressOf(gateway: string, route: Route, match: RouteMatch): string {
  const url = new URL(match.path.value, gateway);
  const host = route.hostnames.find((name) => !name.startsWith('*'));
  if (host !== undefined) url.hostname = host;
  return url.href;
}
