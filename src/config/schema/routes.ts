/**
 * `route` (the short form) and `routes` (short forms, or rules at length in the words of the Gateway API). Shapes only;
 * what paths, hosts and expressions may be is checked in `build/routes.ts`.
 */

import { duration, either, fixedMap, flag, listOf, mapOf, oneOf, pattern, scalar, text, whole } from './fields.ts';
import { trafficWords } from './traffic.ts';

export const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH'] as const;

const PATH = 'a path that starts with `/`';
const HOST = 'a host name such as `shop.localhost`, or `*.shop.localhost`';

const CORS_METHODS = [...METHODS, '*'] as const;

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
    auth: auth().optional(),
    ...trafficWords(),
  };
  const route = either(
    'a path such as `/api`, or a map with `path`, `host`, `strip_prefix`, `methods`, `headers`, `auth`, `timeout`, ...',
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

function auth() {
  const provider = text('a provider of `gateway.auth`, or `none`', {
    description: 'A provider of `gateway.auth`; `none` = anybody.',
    examples: ['staff', 'none'],
  });
  const value = scalar({ description: 'A value.' });
  return either(
    'a provider of `gateway.auth`, `none`, or a map with `provider`',
    { description: 'Who may use the route; the default of `gateway.auth` if left out.' },
    provider,
    fixedMap('auth of a route', 'a map with `provider`', {
      provider,
      require: mapOf(
        'a map of claims',
        either(
          'a value or a list of values',
          { description: 'A value that the claim must have, or several of which it must have one.' },
          value,
          listOf('a list of values', value, { description: 'Values.' }),
        ),
        {
          description: 'What the token must say; otherwise 403.',
          examples: [{ role: ['admin', 'clerk'], scope: 'orders:write' }],
        },
      ).optional(),
    }),
  );
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
    retry: fixedMap('retry', 'a map with `codes`, `attempts` or `backoff`', {
      codes: listOf('a list of statuses', whole(400, 599, { description: 'A status.' }), {
        description: 'Statuses of the service that are worth another attempt.',
        examples: [[502, 503]],
      }).optional(),
      attempts: whole(0, 10, { description: 'Repetitions after the first attempt; 0 = none.' }).optional(),
      backoff: duration({ description: 'The least pause between two attempts.', examples: ['100ms'] }).optional(),
    })
      .meta({ description: 'When a request is sent again. Only what HTTP allows to repeat is.' })
      .optional(),
    backendRefs: listOf(
      'a list of services with weights',
      fixedMap('backendRef', 'a map with `name` and `weight`', {
        name: text('the name of a service', { description: 'A service of this file.' }),
        weight: whole(0, 1_000_000, { description: 'Its share of the sum of all weights.', default: 1 }).optional(),
      }),
      {
        description: 'Services that share the requests; the service that the rule stands under if left out.',
        examples: [
          [
            { name: 'web', weight: 90 },
            { name: 'web-next', weight: 10 },
          ],
        ],
      },
    ).optional(),
    hashOn: text('the name of a header', {
      description: 'Requests with the same value of this header go to the same service of `backendRefs`.',
      examples: ['x-user-id'],
    }).optional(),
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
    type: oneOf(
      ['RequestHeaderModifier', 'ResponseHeaderModifier', 'URLRewrite', 'RequestRedirect', 'CORS', 'RateLimit'],
      { description: 'Which filter it is.' },
    ),
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
    cors: cors().optional(),
    rateLimit: rateLimit().optional(),
  });
}

function cors() {
  const names = (description: string) =>
    listOf('a list of header names', text('a header name, or `*`', { description: 'Header name.' }), { description });
  return fixedMap('cors', 'a map with `allowOrigins`', {
    allowOrigins: listOf(
      'a list of origins',
      pattern(/^(\*|https?:\/\/[A-Za-z0-9.*-]+(:[0-9]{1,5})?)$/, 'an origin such as `https://shop.example`, or `*`', {
        description: 'Scheme, host and perhaps port; `*` in the host takes in any labels to its left.',
      }),
      {
        description: 'Which pages may read the answers; `*` alone = all.',
        examples: [['http://localhost:3000', 'https://*.shop.example']],
      },
    ),
    allowCredentials: flag({ description: 'Cookies and Authorization may be sent.', default: false }).optional(),
    allowMethods: listOf('a list of HTTP methods', oneOf(CORS_METHODS, { description: 'HTTP method, or `*`.' }), {
      description: 'Methods beside GET, HEAD and POST; `*` alone = all.',
    }).optional(),
    allowHeaders: names('Request headers that a page may set; `*` alone = all.').optional(),
    exposeHeaders: names('Response headers that a page may read; `*` alone = all.').optional(),
    maxAge: whole(1, 86_400, {
      description: 'How long a browser may remember the answer, in seconds.',
      default: 5,
    }).optional(),
  }).meta({ description: "Lets pages of other origins use the route (the Gateway API's CORS filter)." });
}

function rateLimit() {
  return fixedMap('rate limit', 'a map with `requests` and `per`', {
    requests: whole(1, 1_000_000, { description: 'How many requests.', examples: [100] }),
    per: duration({ description: 'In how long.', default: '1s', examples: ['1m'] }).optional(),
    burst: whole(1, 1_000_000, {
      description: 'How many may come at once after a pause; `requests` if left out.',
    }).optional(),
    by: oneOf(['client', 'route', 'header'], {
      description: 'Who shares the allowance: one client address, everybody, or one value of `header`.',
      default: 'client',
    }).optional(),
    header: text('the name of a header', { description: 'With `by: header`.', examples: ['x-api-key'] }).optional(),
  }).meta({ description: 'Requests above it are answered with 429.' });
}
