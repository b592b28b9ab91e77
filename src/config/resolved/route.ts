/** A route at length. */
import type {
  HeaderChange,
  PathRewrite,
  RateLimitSpec,
  Route,
  RouteAuth,
  RouteFilter,
  RouteMatch,
  RouteRetry,
  ValueMatch,
} from '../../model/route.ts';
import { printDuration } from '../units.ts';
import type { Printer } from './printer.ts';
import { printPolicy } from './traffic.ts';

/** @param hasDefault `gateway.auth` has a default */
export function printRoute(route: Route, hasDefault: boolean, printer: Printer): Record<string, unknown> {
  const { requestMs, backendRequestMs } = route.timeouts;
  const timeouts = {
    ...(requestMs !== undefined && { request: printDuration(requestMs) }),
    ...(backendRequestMs !== undefined && { backendRequest: printDuration(backendRequestMs) }),
  };
  return {
    ...(route.hostnames.length > 0 && { hostnames: route.hostnames }),
    matches: route.matches.map((match) => printMatch(match, printer)),
    ...(route.filters.length > 0 && { filters: route.filters.map((filter) => printFilter(filter, printer)) }),
    ...(Object.keys(timeouts).length > 0 && { timeouts }),
    ...(route.retry && { retry: printRetry(route.retry) }),
    ...(route.policy && printPolicy(route.policy)),
    ...(route.backendRefs && { backendRefs: route.backendRefs.map(({ name, weight }) => ({ name, weight })) }),
    ...(route.hashOn !== undefined && { hashOn: route.hashOn }),
    ...printAuth(route.auth, hasDefault, printer),
  };
}

/** Where the file has a default, an open route must say that it is one. */
function printAuth(auth: RouteAuth | undefined, hasDefault: boolean, printer: Printer): Record<string, unknown> {
  if (!auth) return hasDefault ? { auth: 'none' } : {};
  const require = Object.entries(auth.require).map(([claim, values]) => [claim, values.map((v) => printer.text(v))]);
  return {
    auth: require.length === 0 ? auth.provider : { provider: auth.provider, require: Object.fromEntries(require) },
  };
}

function printRetry({ codes, attempts, backoffMs }: RouteRetry): Record<string, unknown> {
  return {
    ...(codes && { codes }),
    ...(attempts !== undefined && { attempts }),
    ...(backoffMs !== undefined && { backoff: printDuration(backoffMs) }),
  };
}

function printRateLimit({ perMs, ...rest }: RateLimitSpec): Record<string, unknown> {
  return {
    requests: rest.requests,
    per: printDuration(perMs),
    burst: rest.burst,
    by: rest.by,
    ...(rest.header !== undefined && { header: rest.header }),
  };
}

function printMatch(match: RouteMatch, printer: Printer): Record<string, unknown> {
  const conditions = (list: readonly ValueMatch[]) =>
    list.map(({ type, name, value }) => ({ type, name: printer.text(name), value: printer.text(value) }));
  return {
    path: { type: match.path.type, value: printer.text(match.path.value) },
    ...(match.method !== undefined && { method: match.method }),
    ...(match.headers && { headers: conditions(match.headers) }),
    ...(match.queryParams && { queryParams: conditions(match.queryParams) }),
  };
}

function printFilter(filter: RouteFilter, printer: Printer): Record<string, unknown> {
  switch (filter.type) {
    case 'RequestHeaderModifier':
      return { type: filter.type, requestHeaderModifier: printChange(filter.requestHeaderModifier, printer) };
    case 'ResponseHeaderModifier':
      return { type: filter.type, responseHeaderModifier: printChange(filter.responseHeaderModifier, printer) };
    case 'URLRewrite':
      return { type: filter.type, urlRewrite: printPath(filter.urlRewrite, printer) };
    case 'RequestRedirect':
      return { type: filter.type, requestRedirect: printPath(filter.requestRedirect, printer) };
    case 'CORS':
      return { type: filter.type, cors: filter.cors };
    case 'RateLimit':
      return { type: filter.type, rateLimit: printRateLimit(filter.rateLimit) };
  }
}

function printChange(change: HeaderChange, printer: Printer): Record<string, unknown> {
  const fields = (list: HeaderChange['set']) =>
    list?.map(({ name, value }) => ({ name: printer.text(name), value: printer.text(value) }));
  return {
    ...(change.set && { set: fields(change.set) }),
    ...(change.add && { add: fields(change.add) }),
    ...(change.remove && { remove: change.remove.map((name) => printer.text(name)) }),
  };
}

function printPath<T extends { readonly path?: PathRewrite }>(block: T, printer: Printer): Record<string, unknown> {
  const { path, ...rest } = block;
  if (path === undefined) return rest;
  const printed =
    path.type === 'ReplaceFullPath'
      ? { type: path.type, replaceFullPath: printer.text(path.replaceFullPath) }
      : { type: path.type, replacePrefixMatch: printer.text(path.replacePrefixMatch) };
  return { ...rest, path: printed };
}
