/**
 * `route` and `routes` -> rules in the words of the Gateway API. Short forms expand; what the specification forbids
 * (a path with `//`, a prefix rewrite without a prefix match, a redirect beside a rewrite) is reported here.
 * https://gateway-api.sigs.k8s.io/reference/spec/#httproute
 */
import type { ServiceName } from '../../model/names.ts';
import type { PathMatch, Route, RouteFilter, RouteMatch, RouteTimeouts } from '../../model/route.ts';
import type { Problems } from '../problems.ts';
import { type Node, placeAt, placeOf } from '../tree/node.ts';
import { booleanOf, entriesOf, get, itemsOf, scalarsOf, textOf } from '../tree/read.ts';
import { parseDurationMs } from '../units.ts';
import { filtersOf } from './route-filters.ts';
import { checkedExpression, checkedHost, checkedPath, headerName } from './route-words.ts';

export function routesOf(service: ServiceName, serviceNode: Node, problems: Problems): Route[] {
  const short = get(serviceNode, 'route');
  const nodes = [...(short ? [short] : []), ...itemsOf(get(serviceNode, 'routes'))];
  return nodes.flatMap((node) => routeOf(service, node, problems) ?? []);
}

const LONG_KEYS = ['hostnames', 'matches', 'filters', 'timeouts'];
const SHORT_KEYS = ['path', 'strip_prefix', 'host', 'methods', 'headers'];

function routeOf(service: ServiceName, node: Node, problems: Problems): Route | undefined {
  if (node.kind === 'list') return undefined;
  const entries = entriesOf(node);
  const long = entries.find((entry) => LONG_KEYS.includes(entry.key));
  const short = entries.find((entry) => SHORT_KEYS.includes(entry.key));
  if (long && short) {
    problems.error(
      'conflicting-keys',
      `a route is short (\`${short.key}\`) or at length (\`${long.key}\`)`,
      placeAt(short.keyOrigin),
      {
        related: [{ message: 'the other is here', place: placeAt(long.keyOrigin) }],
      },
    );
  }
  const parts = long ? longParts(node, problems) : shortParts(node, problems);
  return { service, ...parts, place: placeOf(node) };
}

type Parts = Omit<Route, 'service' | 'place'>;

function shortParts(node: Node, problems: Problems): Parts {
  const pathNode = node.kind === 'map' ? get(node, 'path') : node;
  const value = pathNode ? checkedPath(pathNode, problems) : '/';
  const methods = scalarsOf(get(node, 'methods')).map((method) => method.text);
  const headers = entriesOf(get(node, 'headers')).map((entry) => ({
    type: 'Exact' as const,
    name: headerName(entry.key, placeAt(entry.keyOrigin), problems),
    value: textOf(entry.value) ?? '',
  }));
  const match: RouteMatch = {
    path: { type: 'PathPrefix', value },
    ...(headers.length > 0 && { headers }),
  };
  const strip = booleanOf(get(node, 'strip_prefix')) === true;
  const filters: RouteFilter[] = strip
    ? [{ type: 'URLRewrite', urlRewrite: { path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/' } } }]
    : [];
  return {
    hostnames: scalarsOf(get(node, 'host')).map((host) => checkedHost(host, problems)),
    matches: methods.length > 0 ? methods.map((method) => ({ ...match, method })) : [match],
    filters,
    timeouts: {},
  };
}

function longParts(node: Node, problems: Problems): Parts {
  const written = itemsOf(get(node, 'matches')).map((match) => matchOf(match, problems));
  const matches = written.length > 0 ? written : [{ path: { type: 'PathPrefix', value: '/' } } as const];
  return {
    hostnames: scalarsOf(get(node, 'hostnames')).map((host) => checkedHost(host, problems)),
    matches,
    filters: filtersOf(get(node, 'filters'), matches, problems),
    timeouts: timeoutsOf(get(node, 'timeouts'), problems),
  };
}

function matchOf(node: Node, problems: Problems): RouteMatch {
  const method = textOf(get(node, 'method'));
  const headers = valueMatches(get(node, 'headers'), true, problems);
  const queryParams = valueMatches(get(node, 'queryParams'), false, problems);
  return {
    path: pathMatch(get(node, 'path'), problems),
    ...(method !== undefined && { method }),
    ...(headers.length > 0 && { headers }),
    ...(queryParams.length > 0 && { queryParams }),
  };
}

function pathMatch(node: Node | undefined, problems: Problems): PathMatch {
  const type = (textOf(get(node, 'type')) ?? 'PathPrefix') as PathMatch['type'];
  const value = get(node, 'value');
  if (value === undefined) return { type, value: '/' };
  return {
    type,
    value: type === 'RegularExpression' ? checkedExpression(value, problems) : checkedPath(value, problems),
  };
}

function valueMatches(node: Node | undefined, header: boolean, problems: Problems) {
  return itemsOf(node).map((item) => {
    const type = (textOf(get(item, 'type')) ?? 'Exact') as 'Exact' | 'RegularExpression';
    const nameNode = get(item, 'name');
    const name = textOf(nameNode) ?? '';
    const value = get(item, 'value');
    if (type === 'RegularExpression' && value) checkedExpression(value, problems);
    return {
      type,
      name: header && nameNode ? headerName(name, placeOf(nameNode), problems) : name,
      value: textOf(value) ?? '',
    };
  });
}

function timeoutsOf(node: Node | undefined, problems: Problems): RouteTimeouts {
  const requestMs = parseDurationMs(textOf(get(node, 'request')) ?? '');
  const backendRequestMs = parseDurationMs(textOf(get(node, 'backendRequest')) ?? '');
  if (requestMs !== undefined && backendRequestMs !== undefined && requestMs > 0 && backendRequestMs > requestMs) {
    problems.error(
      'bad-value',
      '`backendRequest` cannot be longer than `request`',
      placeOf(get(node, 'backendRequest')!),
      {
        related: [{ message: 'the whole request', place: placeOf(get(node, 'request')!) }],
      },
    );
  }
  return { ...(requestMs !== undefined && { requestMs }), ...(backendRequestMs !== undefined && { backendRequestMs }) };
}
