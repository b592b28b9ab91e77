/** What `msvc routes test` says is what the gateway does: the winner is the matcher's, and every other route has a reason. */
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { RequestHead } from '../../../src/gateway/http/request-head.ts';
import { explainRoutes } from '../../../src/gateway/routes/explain.ts';
import { Matcher } from '../../../src/gateway/routes/matcher.ts';
import { normalPath } from '../../../src/gateway/routes/normal-path.ts';
import type { ServiceName } from '../../../src/model/names.ts';
import type { PathMatch, Route, RouteFilter, RouteMatch } from '../../../src/model/route.ts';
import { GatewayRig, route } from './rig/gateway-rig.ts';

const path: fc.Arbitrary<PathMatch> = fc.oneof(
  fc.record({
    type: fc.constantFrom('Exact' as const, 'PathPrefix' as const),
    value: fc.constantFrom('/', '/a', '/a/', '/a/b', '/ab'),
  }),
  fc.record({ type: fc.constant('RegularExpression' as const), value: fc.constantFrom('/a/.*', '/.', '/(a|b)+') }),
);
const condition = (name: string) =>
  fc.record({
    type: fc.constantFrom('Exact' as const, 'RegularExpression' as const),
    name: fc.constant(name),
    value: fc.constantFrom('1', '2'),
  });
const match: fc.Arbitrary<RouteMatch> = fc.record(
  {
    path,
    method: fc.constantFrom('GET', 'POST'),
    headers: condition('x-v').map((one) => [one]),
    queryParams: condition('q').map((one) => [one]),
  },
  { requiredKeys: ['path'] },
);
const routes = fc.array(
  fc.record({
    hostnames: fc.constantFrom<string[]>([], ['a.localhost'], ['*.localhost'], ['*.a.localhost', 'a.localhost']),
    matches: fc.array(match, { minLength: 1, maxLength: 2 }),
  }),
  { minLength: 1, maxLength: 6 },
);
const request = fc.record({
  method: fc.constantFrom('GET', 'POST', 'PUT'),
  target: fc.constantFrom('/', '/a', '/a/', '/a/b', '/ab', '/a/../ab', '/a?q=1', '/%61/b?q=2', '/zz'),
  host: fc.constantFrom('localhost', 'a.localhost', 'b.a.localhost', 'app.localhost'),
  version: fc.constantFrom('', '1', '2'),
});

test('the winner is the one the gateway takes; all others say why not', () => {
  fc.assert(
    fc.property(routes, request, (list, { method, target, host, version }) => {
      const table = {
        routes: list.map((one, i): Route => ({ ...route(`s${i}`, '/'), ...one })),
        balancers: {},
        serviceHosts: { 'app.localhost': 'app' },
      };
      const headers = [{ name: 'host', value: host }, ...(version === '' ? [] : [{ name: 'X-V', value: version }])];
      const explanation = explainRoutes(table, { method, target, headers }, 8080);

      const head = new RequestHead();
      const text = `${method} ${target} HTTP/1.1\r\n${headers.map(({ name, value }) => `${name}: ${value}\r\n`).join('')}`;
      expect(head.parse(text, text.length, 8192)).toBe(0);
      const [raw = '', query] = target.split('?');
      const found = new Matcher(table).find(host, head, normalPath(raw).path, query === undefined ? '' : `?${query}`);

      expect(explanation.winner?.route.service ?? null).toBe(found?.compiled.rule.service ?? null);
      expect(explanation.candidates.filter(({ verdict }) => verdict === 'wins')).toHaveLength(found ? 1 : 0);
      for (const { verdict, failing, decidedBy } of explanation.candidates) {
        expect([failing.length > 0, decidedBy !== null]).toEqual([verdict === 'fails', verdict === 'loses']);
      }
    }),
    { numRuns: 2000 },
  );
});

describe('what is told', () => {
  const table = {
    routes: [
      route('web', '/'),
      route('api', '/api', {
        match: {
          path: { type: 'PathPrefix', value: '/api' },
          method: 'POST',
          headers: [{ type: 'Exact', name: 'X-V', value: '2' }],
        },
      }),
      route('old', '/old', {
        filters: [{ type: 'RequestRedirect', requestRedirect: { statusCode: 301, scheme: 'https' } }],
      }),
      route('strip', '/strip', {
        filters: [
          { type: 'URLRewrite', urlRewrite: { path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/' } } },
        ],
      }),
    ],
    balancers: {},
    serviceHosts: { 'web.localhost': 'web' },
  };
  const ask = (method: string, target: string, headers: { name: string; value: string }[] = []) =>
    explainRoutes(table, { method, target, headers }, 8080);

  it('every condition that fails', () => {
    const { candidates, winner } = ask('GET', '/api/x', [{ name: 'x-v', value: '3' }]);
    expect(winner?.route.service).toBe('web');
    expect(candidates.find(({ route: { service } }) => service === 'api')?.failing).toEqual([
      { condition: 'method', wanted: 'POST', got: 'GET' },
      { condition: 'header', name: 'X-V', wanted: '2', got: '3' },
    ]);
  });

  it.each([
    ['GET', '/strip/x?q', [], null, '/x?q'],
    ['GET', '/old?q', [], { status: 301, code: null, location: 'https://localhost/old?q' }, null],
    ['TRACE', '/', [], { status: 405, code: 'method-not-allowed', location: null }, null],
    ['GET', '/', [{ name: 'Host', value: 'evil.test' }], { status: 421, code: 'unknown-host', location: null }, null],
    ['G T', '/', [], { status: 400, code: 'bad-request', location: null }, null],
    ['GET', '/any', [{ name: 'Host', value: 'web.localhost' }], null, '/any'],
  ] as const)('%s %s', (method, target, headers, answer, sent) => {
    const explanation = ask(method, target, [...headers]);
    expect([explanation.answer, explanation.target]).toEqual([answer, sent]);
  });
});

describe('what the gateway answers itself is what is told', () => {
  const cors: RouteFilter = {
    type: 'CORS',
    cors: {
      ...{ allowOrigins: ['http://shop.test'], allowMethods: ['PUT'], allowHeaders: [], exposeHeaders: [] },
      ...{ allowCredentials: false, maxAge: 5 },
    },
  };
  const table = {
    routes: [
      route('app', '/put', { match: { method: 'PUT' }, filters: [cors], auth: { provider: 'keys', require: {} } }),
      route('app', '/any'),
      route('app', '/zero', { backendRefs: [{ name: 'app' as ServiceName, weight: 0 }] }),
      route('app', '/moved', {
        backendRefs: [{ name: 'app' as ServiceName, weight: 0 }],
        filters: [{ type: 'RequestRedirect', requestRedirect: { statusCode: 307, port: 80 } }],
      }),
    ],
    balancers: {},
  };
  const origin = { name: 'Origin', value: 'http://shop.test' };
  const asks = (value: string) => ({ name: 'Access-Control-Request-Method', value });
  const via = { name: 'Via', value: Array(9).fill('1.1 msvc').join(', ') };

  it.each([
    ['OPTIONS', '/put', [origin, asks('PUT')], 200, null, '/put'],
    ['OPTIONS', '/put', [{ ...origin, value: 'http://evil.test' }, asks('PUT')], 403, 'origin-not-allowed', '/put'],
    ['OPTIONS', '/put', [origin, asks('DELETE')], 404, 'no-route', null],
    ['OPTIONS', '/put', [origin], 404, 'no-route', null],
    ['GET', '/zero', [], 500, 'no-backend', '/zero'],
    ['GET', '/moved', [], 307, null, '/moved'],
    ['GET', '/any', [via], 508, 'loop', null],
  ] as const)('%s %s %j', async (method, target, headers, status, code, winner) => {
    const explanation = explainRoutes(table, { method, target, headers }, 8080);
    expect(explanation.answer).toMatchObject({ status, code });
    expect(explanation.winner?.match.path.value ?? null).toBe(winner);
    expect(explanation.target).toBe(null);

    const rig = await GatewayRig.open({}, table);
    const client = await rig.client();
    const lines = headers.map(({ name, value }) => `${name}: ${value}\r\n`).join('');
    const given = await client.send(`${method} ${target} HTTP/1.1\r\nHost: localhost\r\n${lines}\r\n`).response();
    expect(given.status).toBe(status);
  });

  it('a preflight that a route without CORS would get goes by its own method', () => {
    const headers = [origin, asks('PUT')];
    const { answer, winner, target } = explainRoutes(table, { method: 'OPTIONS', target: '/any', headers }, 8080);
    expect([answer, winner?.match.path.value, target]).toEqual([null, '/any', '/any']);
  });
});
