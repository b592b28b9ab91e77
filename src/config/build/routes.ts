/**
 * `route` and `routes` -> rules in the words of the Gateway API. Short forms expand; what the specification forbids
 * (a path with `//`, a prefix rewrite without a prefix match, a redirect beside a rewrite) is reported here.
 * https://gateway-api.sigs.k8s.io/reference/spec/#httproute
 */
import { type ServiceName, serviceName } from '../../model/names.ts';
import type {
  BackendRef,
  PathMatch,
  Route,
  RouteFilter,
  RouteMatch,
  RouteRetry,
  RouteTimeouts,
} from '../../model/route.ts';
import type { Problems } from '../problems.ts';
import { type Node, placeAt, placeOf } from '../tree/node.ts';
import { booleanOf, entriesOf, get, itemsOf, numberOf, scalarsOf, textOf } from '../tree/read.ts';
import { parseDurationMs } from '../units.ts';
import { routeAuth } from './auth.ts';
import type { BuildContext } from './context.ts';
import { filtersOf } from './route-filters.ts';
import { checkedExpression, checkedHost, checkedPath, headerName } from './route-words.ts';
import { policyWordsOf } from './traffic.ts';

type KnownAuth = BuildContext['auth'];

export function routesOf(service: ServiceName, serviceNode: Node, known: KnownAuth, problems: Problems): Route[] {
  const short = get(serviceNode, 'route');
  const nodes = [...(short ? [short] : []), ...itemsOf(get(serviceNode, 'routes'))];
  return nodes.flatMap((node) => routeOf(service, node, known, problems) ?? []);
}

const LONG_KEYS = ['hostnames', 'matches', 'filters', 'timeouts', 'retry', 'backendRefs', 'hashOn'];
const SHORT_KEYS = ['path', 'strip_prefix', 'host', 'methods', 'headers'];

function routeOf(service: ServiceName, node: Node, known: KnownAuth, problems: Problems): Route | undefined {
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
  const auth = routeAuth(get(node, 'auth'), known, problems);
  const policy = policyWordsOf(node, problems);
  return { service, ...parts, ...(policy && { policy }), ...(auth && { auth }), place: placeOf(node) };
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
  const retry = retryOf(get(node, 'retry'));
  const backendRefs = itemsOf(get(node, 'backendRefs')).flatMap((ref) => backendOf(ref) ?? []);
  const hashNode = get(node, 'hashOn');
  const hashOn = textOf(hashNode);
  if (hashNode && backendRefs.length < 2) {
    problems.error('conflicting-keys', '`hashOn` chooses among several `backendRefs`', placeOf(hashNode));
  }
  return {
    hostnames: scalarsOf(get(node, 'hostnames')).map((host) => checkedHost(host, problems)),
    matches,
    filters: filtersOf(get(node, 'filters'), matches, problems),
    timeouts: timeoutsOf(get(node, 'timeouts'), problems),
    ...(retry && { retry }),
    ...(backendRefs.length > 0 && { backendRefs }),
    ...(hashOn !== undefined && hashNode && { hashOn: headerName(hashOn, placeOf(hashNode), problems) }),
  };
}

/** Whether there is such a service is checked when all are known (`checks/backends.ts`). */
function backendOf(node: Node): BackendRef | undefined {
  const name = textOf(get(node, 'name'));
  return name === undefined ? undefined : { name: serviceName(name), weight: numberOf(get(node, 'weight')) ?? 1 };
}

function retryOf(node: Node | undefined): RouteRetry | undefined {
  if (!node) return undefined;
  const codes = get(node, 'codes');
  const attempts = numberOf(get(node, 'attempts'));
  const backoffMs = parseDurationMs(textOf(get(node, 'backoff')) ?? '');
  return {
    ...(codes && { codes: itemsOf(codes).flatMap((code) => numberOf(code) ?? []) }),
    ...(attempts !== undefined && { attempts }),
    ...(backoffMs !== undefined && { backoffMs }),
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
  const seen = new Map<string, Node>();
  return itemsOf(node).map((item) => {
    const type = (textOf(get(item, 'type')) ?? 'Exact') as 'Exact' | 'RegularExpression';
    const nameNode = get(item, 'name');
    const name = textOf(nameNode) ?? '';
    const value = get(item, 'value');
    // All conditions must hold, and a name has one value: two conditions on it are a mistake (a list keyed by name).
    const key = header ? name.toLowerCase() : name;
    const before = seen.get(key);
    if (before && nameNode) {
      problems.error('duplicate', `two conditions on \`${name}\``, placeOf(nameNode), {
        related: [{ message: 'the other is here', place: placeOf(before) }],
        hint: 'write one expression, or two matches',
      });
    } else if (nameNode) seen.set(key, nameNode);
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
