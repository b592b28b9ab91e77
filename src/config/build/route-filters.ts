/** Filters of a rule at length. The block a filter's `type` names must be there, and no other. */
import type { HeaderChange, PathRewrite, RouteFilter, RouteMatch } from '../../model/route.ts';
import type { Problems } from '../problems.ts';
import { type Node, placeOf } from '../tree/node.ts';
import { asMap, get, itemsOf, numberOf, scalarsOf, textOf } from '../tree/read.ts';
import { corsOf, rateLimitOf } from './route-policies.ts';
import { checkedHost, checkedPath, headerName, isReservedHeader } from './route-words.ts';

const BLOCKS = {
  RequestHeaderModifier: 'requestHeaderModifier',
  ResponseHeaderModifier: 'responseHeaderModifier',
  URLRewrite: 'urlRewrite',
  RequestRedirect: 'requestRedirect',
  CORS: 'cors',
  RateLimit: 'rateLimit',
} as const;

const REDIRECTS = [301, 302, 303, 307, 308];

export function filtersOf(node: Node | undefined, matches: readonly RouteMatch[], problems: Problems): RouteFilter[] {
  const filters = itemsOf(node).flatMap((item) => filterOf(item, matches, problems) ?? []);
  const seen = new Map<string, Node>();
  for (const item of itemsOf(node)) {
    const type = textOf(get(item, 'type')) ?? '';
    const before = seen.get(type);
    // Gateway API: a filter of a core type must not be repeated.
    if (before) {
      problems.error('duplicate', `the rule has two filters of type \`${type}\``, placeOf(item), {
        related: [{ message: 'the other is here', place: placeOf(before) }],
        hint: 'join them',
      });
    } else seen.set(type, item);
  }
  const rewrite = filters.some((filter) => filter.type === 'URLRewrite');
  const redirect = filters.findIndex((filter) => filter.type === 'RequestRedirect');
  if (rewrite && redirect !== -1) {
    const place = placeOf(itemsOf(node)[redirect] ?? node!);
    problems.error('conflicting-keys', 'a rule either rewrites or redirects, not both', place);
  }
  return filters;
}

function filterOf(node: Node, matches: readonly RouteMatch[], problems: Problems): RouteFilter | undefined {
  const type = textOf(get(node, 'type')) as keyof typeof BLOCKS | undefined;
  const key = type && BLOCKS[type];
  if (type === undefined || key === undefined) return undefined;
  const block = get(node, key);
  const stray = [...(asMap(node)?.entries.values() ?? [])].find(
    (entry) => entry.key !== key && (Object.values(BLOCKS) as string[]).includes(entry.key),
  );
  if (block === undefined || stray) {
    problems.error(
      'conflicting-keys',
      `a filter of type \`${type}\` has its words under \`${key}\``,
      placeOf(stray?.value ?? node),
      {
        hint: stray ? `move them from \`${stray.key}\`, or change the type` : undefined,
      },
    );
    return undefined;
  }
  switch (type) {
    case 'RequestHeaderModifier':
      return { type, requestHeaderModifier: headerChange(block, true, problems) };
    case 'ResponseHeaderModifier':
      return { type, responseHeaderModifier: headerChange(block, false, problems) };
    case 'URLRewrite':
      return { type, urlRewrite: { ...hostname(block, problems), ...path(block, matches, problems) } };
    case 'RequestRedirect': {
      const scheme = textOf(get(block, 'scheme'));
      const port = numberOf(get(block, 'port'));
      return {
        type,
        requestRedirect: {
          ...(scheme !== undefined && { scheme }),
          ...hostname(block, problems),
          ...(port !== undefined && { port }),
          ...path(block, matches, problems),
          statusCode: statusCode(get(block, 'statusCode'), problems),
        },
      };
    }
    case 'CORS':
      return { type, cors: corsOf(block, problems) };
    case 'RateLimit':
      return { type, rateLimit: rateLimitOf(block, problems) };
  }
}

function statusCode(node: Node | undefined, problems: Problems): number {
  const code = numberOf(node) ?? 302;
  if (node && !REDIRECTS.includes(code)) {
    problems.error(
      'bad-value',
      `a redirect's status is one of ${REDIRECTS.join(', ')}, not \`${code}\``,
      placeOf(node),
    );
  }
  return code;
}

function hostname(block: Node, problems: Problems): { hostname?: string } {
  const node = get(block, 'hostname');
  return node ? { hostname: checkedHost(node, problems, true) } : {};
}

function path(block: Node, matches: readonly RouteMatch[], problems: Problems): { path?: PathRewrite } {
  const node = get(block, 'path');
  if (!node) return {};
  const full = get(node, 'replaceFullPath');
  const prefix = get(node, 'replacePrefixMatch');
  const type = textOf(get(node, 'type'));
  const [wanted, other] = type === 'ReplaceFullPath' ? [full, prefix] : [prefix, full];
  const key = type === 'ReplaceFullPath' ? 'replaceFullPath' : 'replacePrefixMatch';
  if (wanted === undefined || other !== undefined) {
    problems.error(
      'conflicting-keys',
      `a path of type \`${type}\` has its words under \`${key}\``,
      placeOf(other ?? node),
    );
    return {};
  }
  if (type === 'ReplaceFullPath') return { path: { type, replaceFullPath: checkedPath(wanted, problems) } };
  if (matches.some((match) => match.path.type !== 'PathPrefix')) {
    problems.error(
      'conflicting-keys',
      '`ReplacePrefixMatch` needs every match of the rule to be a `PathPrefix`',
      placeOf(node),
    );
  }
  const replacement = wanted.kind === 'scalar' && wanted.text === '' ? '' : checkedPath(wanted, problems);
  return { path: { type: 'ReplacePrefixMatch', replacePrefixMatch: replacement } };
}

function headerChange(block: Node, isRequest: boolean, problems: Problems): HeaderChange {
  const name = (node: Node, adds: boolean): string => {
    const text = textOf(node) ?? '';
    if (isReservedHeader(text)) {
      const hint =
        text.toLowerCase() === 'host'
          ? 'a filter `URLRewrite` with `hostname` gives the service another host'
          : 'it frames the message, belongs to one connection or tells the way that it took: take it out';
      problems.error('bad-name', `the header \`${text}\` is written by the gateway alone`, placeOf(node), { hint });
    } else if (isRequest && adds && SINGLE.test(text)) {
      problems.error('bad-name', `\`${text}\` has one value, and the gateway sends one`, placeOf(node), {
        hint: 'replace it with `set`',
      });
    }
    return headerName(text, placeOf(node), problems);
  };
  const fields = (key: 'set' | 'add') =>
    itemsOf(get(block, key)).flatMap((item) => {
      const node = get(item, 'name');
      const value = get(item, 'value');
      if (node === undefined) return [];
      const text = textOf(value) ?? '';
      // RFC 9110 5.5; what a line cannot hold would end it, and begin another.
      if (value && /[^\t\x20-\x7e\x80-\xff]/.test(text)) {
        problems.error('bad-value', 'a header cannot hold this value', placeOf(value), {
          hint: 'one line, of Latin-1 at most; write other characters percent-encoded',
        });
      }
      return [{ name: name(node, key === 'add'), value: text }];
    });
  const [set, add] = [fields('set'), fields('add')];
  const remove = scalarsOf(get(block, 'remove')).map((node) => name(node, false));
  return { ...(set.length > 0 && { set }), ...(add.length > 0 && { add }), ...(remove.length > 0 && { remove }) };
}

/** Two lines of these are invalid or ambiguous (W3C Trace Context 3.2), and the gateway sends one. */
const SINGLE = /^(traceparent|x-request-id|x-forwarded-(host|port|proto))$/i;
