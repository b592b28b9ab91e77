/** A route at length. */
import type { HeaderChange, PathRewrite, Route, RouteFilter, RouteMatch, ValueMatch } from '../../model/route.ts';
import { printDuration } from '../units.ts';
import type { Printer } from './printer.ts';

export function printRoute(route: Route, printer: Printer): Record<string, unknown> {
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
