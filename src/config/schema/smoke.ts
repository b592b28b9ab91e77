/**
 * `smoke`: checks of the running system. The words lean on Hurl (captures, JSONPath), Step CI (expectations by kind) and
 * k6. Shapes only; what texts must be is checked in `build/smoke/`.
 */
import { JSON_TYPES } from '../../model/smoke.ts';
import { command } from './command.ts';
import {
  anything,
  duration,
  either,
  fixedMap,
  flag,
  listOf,
  mapOf,
  number,
  oneOf,
  rate,
  scalar,
  text,
  whole,
} from './fields.ts';

const SERVICE = { description: 'Name of a service.' };

/** At the top of the file. */
export function smoke() {
  return either(
    'a list of checks, or a map with `checks`, `setup` and `teardown`',
    {
      description: 'What `msvc smoke` checks on the running system.',
      examples: [
        [
          {
            name: 'an order is placed',
            request: { method: 'POST', url: '/api/orders', json: { sku: 'A1', quantity: 1 } },
            expect: { status: 201, json: { status: 'placed' } },
            capture: { id: '$.id' },
          },
          { name: 'and can be read', request: '/api/orders/{{id}}', expect: { status: 200 } },
        ],
      ],
    },
    steps('The checks, in order.'),
    fixedMap('smoke', 'a list of checks, or a map with `checks`', {
      setup: steps('Made before the checks, in order; one that fails ends the run.').optional(),
      checks: steps('The checks.').optional(),
      teardown: steps('Made after the checks, whatever came of them.').optional(),
    }),
  );
}

/** Under a service: its own checks. */
export function serviceSmoke() {
  return listOf('a list of checks', fixedMap('smoke check', CHECK_PHRASE, stepKeys()), {
    description: "Its own checks for `msvc smoke`: a URL without a host is this service's, routed or not.",
    examples: [
      [{ name: 'it lists', request: '/products', expect: { status: 200, jsonpath: { $: { type: 'array' } } } }],
    ],
  });
}

const CHECK_PHRASE = 'a map with `name`, and `request`, `query`, `log`, `run` or `parallel`';

function steps(description: string) {
  return listOf('a list of checks', fixedMap('smoke check', CHECK_PHRASE, stepKeys()), { description });
}

function stepKeys() {
  const keys = checkKeys();
  return {
    ...keys,
    parallel: listOf('a list of checks', fixedMap('parallel check', 'a map with `name` and what to check', keys), {
      description: 'Checks made at the same time; then only `name` stands beside it.',
    }).optional(),
  };
}

function checkKeys() {
  return {
    name: text('a name', { description: 'What is promised, as a person would say it.' }).optional(),
    service: text('the name of a service', {
      description: 'The service that the check speaks to; the gateway if left out.',
    }).optional(),
    request: request().optional(),
    query: either(
      'a statement, or a map with `service` and `sql`',
      {
        description: "Read-only SQL on a service's database. Its rows are a JSON list, for `expect` and `capture`.",
        examples: [{ service: 'orders', sql: 'SELECT state FROM orders' }],
      },
      text('a statement', { description: 'SQL.' }),
      fixedMap('smoke query', 'a map with `service` and `sql`', {
        service: text('the name of a service', SERVICE).optional(),
        sql: text('a statement', { description: 'SQL.' }),
      }),
    ).optional(),
    log: either(
      'a text, or a map with `contains` or `matches`',
      {
        description: 'A line that a service has written since the run began.',
        examples: [{ service: 'orders', matches: 'order \\d+ placed' }],
      },
      text('a part of a line', { description: 'A part of the line.' }),
      fixedMap('smoke log', 'a map with `contains` or `matches`', {
        service: text('the name of a service', SERVICE).optional(),
        contains: text('a part of a line', { description: 'A part of the line.' }).optional(),
        matches: text('a regular expression', { description: 'What the line matches.' }).optional(),
        absent: flag({ description: 'It must not have been written.', default: false }).optional(),
      }),
    ).optional(),
    run: command({
      description:
        'Any program, such as another test runner, with `GATEWAY_URL` (and what `service` is given) in its environment.',
      examples: ['npx playwright test', ['pytest', '-q', 'e2e']],
    }).optional(),
    working_dir: text('a folder', {
      description: "Where `run` runs; the file's or the service's folder if left out.",
    }).optional(),
    timeout: duration({
      description: 'How long the request (10s) or the program (5m) may take.',
      examples: ['30s'],
    }).optional(),
    expect: expectation().optional(),
    capture: mapOf('a map of names to where the value is', capture(), {
      description: 'Values for later checks, as `{{name}}`.',
      examples: [{ id: '$.id', token: { header: 'x-token' } }],
    }).optional(),
    retry: either(
      'a duration, or a map with `timeout` and `interval`',
      { description: 'Made again until all that is expected holds, at most so long.', examples: ['10s'] },
      duration({ description: 'How long.' }),
      fixedMap('smoke retry', 'a map with `timeout` and `interval`', {
        timeout: duration({ description: 'How long.' }),
        interval: duration({ description: 'Pause between attempts.', default: '200ms' }).optional(),
      }),
    ).optional(),
    during: either(
      'what happens meanwhile, such as `restart payments`, or a list of such',
      {
        description:
          '`restart NAMES`, `kill NAMES`, `scale NAME=N`: while that happens the check is made again and again, and must hold each time. `stop NAMES`: stopped before, started again after.',
        examples: ['restart payments', ['kill catalog', 'scale orders=3']],
      },
      text('such as `restart payments`', { description: 'What happens.' }),
      listOf(
        'a list of such as `restart payments`',
        text('such as `restart payments`', { description: 'What happens.' }),
        {
          description: 'What happens, one after the other.',
        },
      ),
    ).optional(),
    with_fault: either(
      'a map with `edge` and `delay`, `error` or `reset`, or a list of such',
      {
        description: 'Faults of edges for as long as the check takes, as `msvc fault add` makes them.',
        examples: [{ edge: 'orders->payments', delay: '300ms', error: '50%' }],
      },
      fault(),
      listOf('a list of faults', fault(), { description: 'Several.' }),
    ).optional(),
  };
}

function request() {
  const fields = (description: string) => mapOf('a map of texts', scalar({ description: 'Value.' }), { description });
  return either(
    'a URL, or a map with `url`',
    {
      description:
        'An HTTP request. A URL without a host is the gateway’s, or that of `service`. Redirects are not followed.',
      examples: ['/api/catalog', { method: 'POST', url: '/api/orders', json: { sku: 'A1' } }],
    },
    text('a URL', { description: 'GET this.' }),
    fixedMap('smoke request', 'a map with `url`', {
      method: text('a method', { description: 'Method.', default: 'GET; POST with a body' }).optional(),
      url: text('a URL', { description: 'A path with query, or a whole URL.' }),
      query: fields('Query parameters, encoded and appended.').optional(),
      headers: fields('Header fields.').optional(),
      json: anything('any value', { description: 'Body as JSON.' }).optional(),
      form: fields('Body as a form (application/x-www-form-urlencoded).').optional(),
      body: text('a text', { description: 'Body as it is.' }).optional(),
    }),
  );
}

function expectation() {
  const range = either(
    'a status such as `200`, `2xx` or `200-204`',
    { description: 'A status, a class or a range.' },
    whole(100, 599, { description: 'A status.' }),
    text('a status such as `200`, `2xx` or `200-204`', { description: 'A class or a range.' }),
  );
  return fixedMap(
    'expect',
    'a map with `status`, `headers`, `json`, `jsonpath`, `body`, `schema`, `openapi`, `latency` or `exit`',
    {
      status: either(
        'a status such as `200`, `2xx` or `200-204`, or a list of such',
        { description: 'Status of the response; below 400 if left out.', examples: [201, '2xx', [200, 404]] },
        range,
        listOf('a list of statuses', range, { description: 'One of these.' }),
      ).optional(),
      headers: mapOf('a map of header names to values', matcher(), {
        description: 'Header fields.',
        examples: [{ 'content-type': { contains: 'json' } }],
      }).optional(),
      json: anything('any value', {
        description: 'A part of the JSON body: maps may hold more, lists have the same length.',
        examples: [{ status: 'placed' }],
      }).optional(),
      jsonpath: mapOf('a map of JSONPath to what it finds', matcher(), {
        description: 'JSONPath (RFC 9535) and what is found there.',
        examples: [{ '$.items': { count: 3 }, '$.total': { gt: 0 } }],
      }).optional(),
      body: matcher({ description: 'Body (or output of `run`) as text.' }).optional(),
      schema: either(
        'a file, or a JSON Schema',
        { description: 'JSON Schema (2020-12) of the body.', examples: ['schemas/order.json'] },
        text('a file', { description: 'File with the schema, JSON or YAML.' }),
        mapOf('a JSON Schema', anything('any value', { description: 'Schema.' }), {
          description: 'The schema itself.',
        }),
      ).optional(),
      openapi: either(
        '`true`, the name of a service, or a map with `service` and `document`',
        {
          description: 'The response is one that the OpenAPI document of the service has for this request.',
          examples: [true, { service: 'orders', document: 'services/orders/openapi.json' }],
        },
        flag({ description: 'Of `service`.' }),
        text('the name of a service', SERVICE),
        fixedMap('openapi', 'a map with `service` and `document`', {
          service: text('the name of a service', SERVICE).optional(),
          document: text('a file or a path', {
            description: 'A file of this machine, or a path that the service answers.',
            default: '/openapi.json',
          }).optional(),
        }),
      ).optional(),
      latency: either(
        'a duration, or a map with `max` and `fail`',
        {
          description: 'A slower response is reported; it fails only when asked to.',
          examples: ['300ms', { max: '1s', fail: true }],
        },
        duration({ description: 'At most.' }),
        fixedMap('latency', 'a map with `max` and `fail`', {
          max: duration({ description: 'At most.' }),
          fail: flag({ description: 'A slower one fails.', default: false }).optional(),
        }),
      ).optional(),
      exit: whole(0, 255, { description: 'Exit code of `run`.', default: 0 }).optional(),
    },
  ).meta({ description: 'What must hold.' });
}

function matcher(words = { description: 'A value, or a map of conditions.' }) {
  const value = (description: string) => anything('any value', { description });
  const bound = (description: string) => number({ description });
  return either(
    'a value, or a map with `equals`, `not`, `contains`, `matches`, `gt`, `gte`, `lt`, `lte`, `count`, `exists` or `type`',
    words,
    scalar({ description: 'It is this.' }),
    listOf('a list', anything('any value', { description: 'Element.' }), { description: 'It is this list.' }),
    fixedMap('matcher', 'a map of conditions', {
      equals: value('It is this.').optional(),
      not: value('It is not this.').optional(),
      contains: value('A text has this part, a list this element.').optional(),
      matches: text('a regular expression', { description: 'A text matches this regular expression.' }).optional(),
      gt: bound('Greater.').optional(),
      gte: bound('Greater or equal.').optional(),
      lt: bound('Less.').optional(),
      lte: bound('Less or equal.').optional(),
      count: whole(0, 1_000_000_000, { description: 'How many elements, characters or keys.' }).optional(),
      exists: flag({ description: 'It is there, or not.' }).optional(),
      type: oneOf(JSON_TYPES, { description: 'Its type.' }).optional(),
    }),
  );
}

function capture() {
  return either(
    'a JSONPath, or a map with `jsonpath`, `header`, `regex`, `body` or `status`',
    { description: 'Where the value is.' },
    text('a JSONPath', { description: 'JSONPath in the body.' }),
    fixedMap('capture', 'a map with `jsonpath`, `header`, `regex`, `body` or `status`', {
      jsonpath: text('a JSONPath', { description: 'In the body.' }).optional(),
      header: text('the name of a header', { description: 'Of the response.' }).optional(),
      regex: text('a regular expression', { description: 'In the body: its first group, or all of it.' }).optional(),
      body: flag({ description: 'The whole body.' }).optional(),
      status: flag({ description: 'The status.' }).optional(),
    }),
  );
}

function fault() {
  const share = (description: string) =>
    either(
      'a share such as `5%`',
      { description, examples: ['5%'] },
      text('a share such as `5%`', { description }),
      number({ description }),
    );
  return fixedMap('smoke fault', 'a map with `edge`', {
    edge: text('an edge such as `orders->payments`', {
      description: 'Caller and callee; `client` is the public gateway.',
    }),
    delay: duration({ description: 'Every request waits so long.' }).optional(),
    jitter: duration({ description: 'More or less by up to so much.' }).optional(),
    bandwidth: rate({ description: 'Answers come at most this fast.', examples: ['64KiB/s'] }).optional(),
    error: share('Share of requests that are answered with `status`.').optional(),
    status: whole(400, 599, { description: 'Answer of those.', default: 503 }).optional(),
    reset: share('Share of requests whose connection is cut.').optional(),
    seed: whole(0, 4_294_967_295, { description: 'The same seed, the same sequence.' }).optional(),
  });
}
