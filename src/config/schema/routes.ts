/**
 * `route` (the short form) and `routes` (short forms, or rules at length in the words of the Gateway API). Shapes only;
 * what paths, hosts and expressions may be is checked in `build/routes.ts`.
 */
import { duration, either, fixedMap, flag, listOf, mapOf, oneOf, pattern, scalar, text, whole } from './fields.ts';

export const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH'] as const;

const PATH = 'a path that starts with `/`';
const HOST = 'a host name such as `shop.localhost`, or `*.shop.localhost`';

export function routeForms() {
  const path = text(PATH, { description: 'Path prefix, by whole segments.', examples: ['/api/catalog'] });
  const host = text(HOST, {
    description: 'A host name; `*.` in front takes in every name below.',
    examples: ['catalog.localhost'],
  });
  const shortKeys = {
    path: path.optional(),
    strip_prefix: flag({ description: 'The service sees the path without the prefix.', default: false }).optional(),
    host: either(
      HOST,
      { description: 'Only requests for this host, or one of these.' },
      host,
      listOf('a list of host names', host, { description: 'Host names.' }),
    ).optional(),
    methods: listOf('a list of HTTP methods', oneOf(METHODS, { description: 'HTTP method.' }), {
      description: 'Only requests with one of these methods.',
      examples: [['GET', 'HEAD']],
    }).optional(),
    headers: mapOf('a map of header names to values', scalar({ description: 'Value, compared exactly.' }), {
      description: 'Only requests with these header fields.',
      examples: [{ 'x-version': '2' }],
    }).optional(),
  };
  const route = either(
    'a path such as `/api`, or a map with `path`, `host`, `strip_prefix`, `methods`, `headers`',
    {
      description: 'Makes the service reachable through the gateway.',
      examples: ['/api/catalog', { path: '/api/catalog', strip_prefix: true }],
    },
    path,
    fixedMap('route', 'a path or a map with `path`', shortKeys),
  );
  const routes = listOf(
    'a list of routes',
    either(
      'a path, a short route, or a rule with `matches`',
      {
        description: 'A short form as in `route`, or a rule at length.',
      },
      path,
      fixedMap('routes', 'a path, or a map with `path` or `matches`', { ...shortKeys, ...longKeys() }),
    ),
    {
      description: 'Several routes, short or at length in the words of the Kubernetes Gateway API (HTTPRoute).',
      examples: [[{ matches: [{ path: { type: 'Exact', value: '/health' } }] }]],
    },
  );
  return { route, routes };
}

function longKeys() {
  const host = text(HOST, { description: 'Host name, with an optional leading `*.`.' });
  return {
    hostnames: listOf('a list of host names', host, { description: 'Hosts the rule is for; none = any.' }).optional(),
    matches: listOf('a list of matches', routeMatch(), {
      description: 'The rule holds when one of them matches; none = every path.',
    }).optional(),
    filters: listOf('a list of filters', filter(), {
      description: 'Changes to the request or response, in order.',
    }).optional(),
    timeouts: fixedMap('timeouts', 'a map with `request` and `backendRequest`', {
      request: duration({ description: 'For the whole request; 0s = none.', examples: ['10s'] }).optional(),
      backendRequest: duration({
        description: 'For one attempt to get an answer from the service.',
        examples: ['2s'],
      }).optional(),
    })
      .meta({ description: 'How long a request may take.' })
      .optional(),
  };
}

function routeMatch() {
  const valueMatch = (kind: string, what: string) =>
    fixedMap(kind, 'a map with `name` and `value`', {
      type: oneOf(['Exact', 'RegularExpression'], {
        description: 'How the value is compared.',
        default: 'Exact',
      }).optional(),
      name: text(`the name of a ${what}`, { description: `Name of the ${what}.` }),
      value: scalar({ description: 'Value or expression.' }),
    });
  return fixedMap('match', 'a map with `path`, `method`, `headers` or `queryParams`', {
    path: fixedMap('path match', 'a map with `type` and `value`', {
      type: oneOf(['Exact', 'PathPrefix', 'RegularExpression'], {
        description: 'How the path is compared.',
        default: 'PathPrefix',
      }).optional(),
      value: text(PATH, { description: 'Path, prefix or expression.', default: '/' }).optional(),
    })
      .meta({ description: 'Condition on the path.' })
      .optional(),
    method: oneOf(METHODS, { description: 'Condition on the method.' }).optional(),
    headers: listOf('a list of conditions', valueMatch('header match', 'header'), {
      description: 'Conditions on header fields; all must hold.',
    }).optional(),
    queryParams: listOf('a list of conditions', valueMatch('query match', 'query parameter'), {
      description: 'Conditions on query parameters; all must hold.',
    }).optional(),
  });
}

function filter() {
  const field = fixedMap('header', 'a map with `name` and `value`', {
    name: text('the name of a header', { description: 'Header name.' }),
    value: scalar({ description: 'Header value.' }),
  });
  const change = (when: string) =>
    fixedMap('header change', 'a map with `set`, `add` or `remove`', {
      set: listOf('a list of headers', field, { description: 'Fields to replace.' }).optional(),
      add: listOf('a list of headers', field, { description: 'Fields to add.' }).optional(),
      remove: listOf('a list of header names', text('a header name', { description: 'Header name.' }), {
        description: 'Fields to take away.',
      }).optional(),
    }).meta({ description: `Changes to the header of the ${when}.` });
  const path = fixedMap('path rewrite', 'a map with `type`', {
    type: oneOf(['ReplaceFullPath', 'ReplacePrefixMatch'], { description: 'What is replaced.' }),
    replaceFullPath: text(PATH, { description: 'The new path.' }).optional(),
    replacePrefixMatch: pattern(/^\/|^$/, PATH, {
      description: 'What stands in place of the matched prefix.',
    }).optional(),
  }).meta({ description: 'Change of the path.' });
  return fixedMap('filter', 'a map with `type`', {
    type: oneOf(['RequestHeaderModifier', 'ResponseHeaderModifier', 'URLRewrite', 'RequestRedirect'], {
      description: 'Which filter it is.',
    }),
    requestHeaderModifier: change('request').optional(),
    responseHeaderModifier: change('response').optional(),
    urlRewrite: fixedMap('url rewrite', 'a map with `hostname` or `path`', {
      hostname: text(HOST, { description: 'New host.' }).optional(),
      path: path.optional(),
    })
      .meta({ description: 'Another host or path towards the service.' })
      .optional(),
    requestRedirect: fixedMap('redirect', 'a map with `path`, `hostname`, `scheme`, `port` or `statusCode`', {
      scheme: oneOf(['http', 'https'], { description: 'New scheme.' }).optional(),
      hostname: text(HOST, { description: 'New host.' }).optional(),
      port: whole(1, 65535, { description: 'New port.' }).optional(),
      path: path.optional(),
      statusCode: whole(301, 308, { description: '301, 302, 303, 307 or 308.', default: 302 }).optional(),
    })
      .meta({ description: 'Answered by the gateway with a redirect.' })
      .optional(),
  });
}
