/** The gateway's routes as rows: one a match, in the order they were written; and what `routes test` found out. Pure. */
import type { Candidate, Explanation } from '../gateway/routes/explain.ts';
import { replacedBy } from '../model/registration.ts';
import type { Route, RouteMatch } from '../model/route.ts';
import { readyCount, type ServiceView, type View } from '../model/view.ts';
import type { RouteJson, RouteTestJson } from './json-contract.ts';

export interface RouteRow {
  readonly route: Route;
  readonly match: RouteMatch;
  readonly json: RouteJson;
}

/** @param view of the running system; null = it does not run */
export function routeRows(routes: readonly Route[], view: View | null): RouteRow[] {
  return routes.flatMap((route) => {
    const backends = backendsOf(route);
    const ready = backends.reduce((sum, { service, weight }) => {
      const known = view?.services[service];
      return weight > 0 && known ? sum + balancedCount(known) : sum;
    }, 0);
    return route.matches.map((match) => ({
      route,
      match,
      json: { ...routeJson(route, match), backends, url: urlOf(view?.gateway?.url ?? null, route, match), ready },
    }));
  });
}

function routeJson(route: Route, match: RouteMatch): Omit<RouteJson, 'backends' | 'url' | 'ready'> {
  const { file, line, column } = route.place;
  return {
    service: route.service,
    hosts: route.hostnames,
    pathType: match.path.type,
    path: match.path.value,
    method: match.method ?? null,
    headers: match.headers ?? [],
    queryParams: match.queryParams ?? [],
    filters: route.filters.map((filter) => filter.type),
    hashOn: route.hashOn ?? null,
    auth: route.auth ?? null,
    place: line === 0 ? null : { file, line, column },
  };
}

function backendsOf({ service, backendRefs }: Route): RouteJson['backends'] {
  return backendRefs?.map(({ name, weight }) => ({ service: name, weight })) ?? [{ service, weight: 1 }];
}

/** Instances that take requests, those from outside too. */
function balancedCount(service: ServiceView): number {
  const outside = Object.values(service.registrations).filter(({ ready }) => ready);
  if (replacedBy(service.registrations)) return outside.filter(({ replaces }) => replaces).length;
  return readyCount(service) + outside.length;
}

/** The first host that is a name and not a pattern; `*.localhost` names resolve to loopback in browsers and curl. */
function urlOf(gateway: string | null, route: Route, match: RouteMatch): string | null {
  if (gateway === null || match.path.type === 'RegularExpression') return null;
  const url = new URL(match.path.value, gateway);
  const host = route.hostnames.find((name) => !name.startsWith('*'));
  if (host !== undefined) url.hostname = host;
  return url.href;
}

export function routeTestJson(explanation: Explanation): RouteTestJson {
  const { method, host, path, query, answer, target, winner, candidates } = explanation;
  return {
    method,
    host,
    path,
    query,
    answer: answer && { status: answer.status, code: answer.code, location: answer.location },
    target,
    winner: winner && candidates.indexOf(winner),
    routes: candidates.map(candidateJson),
  };
}

function candidateJson(candidate: Candidate): RouteTestJson['routes'][number] {
  const { route, match, hostname, implied, verdict, failing, decidedBy } = candidate;
  const { service, pathType, path, method, filters, auth, place } = routeJson(route, match);
  return {
    ...{ service, backends: backendsOf(route), host: hostname === '' ? null : hostname },
    ...{ pathType, path, method, filters, auth, place, implied, verdict, decidedBy },
    failing: failing.map(({ condition, name, wanted, got }) => ({ condition, name: name ?? null, wanted, got })),
  };
}
