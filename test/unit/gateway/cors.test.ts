/** The CORS filter: the literal cases of the Gateway API's conformance suite (HTTPRouteCORS), and what they leave open. */
import { describe, expect, it } from 'vitest';
import type { CorsSpec, RouteFilter } from '../../../src/model/route.ts';
import { answer, GatewayRig, route } from './rig/gateway-rig.ts';

const NOTHING: CorsSpec = {
  ...{ allowOrigins: [], allowCredentials: false, allowMethods: [], allowHeaders: [], exposeHeaders: [], maxAge: 5 },
};
const cors = (spec: Partial<CorsSpec>): RouteFilter[] => [{ type: 'CORS', cors: { ...NOTHING, ...spec } }];

const ROUTES = [
  route('app', '/cors-1', {
    filters: cors({
      allowOrigins: ['https://www.foo.com', 'https://*.bar.com'],
      allowMethods: ['GET', 'OPTIONS'],
      allowHeaders: ['x-header-1', 'x-header-2'],
      exposeHeaders: ['x-header-3', 'x-header-4'],
      allowCredentials: true,
      maxAge: 3600,
    }),
  }),
  route('app', '/cors-2', { filters: cors({ allowOrigins: ['https://www.foo.com'], allowMethods: ['*'] }) }),
  route('app', '/cors-wildcard-origin', { filters: cors({ allowOrigins: ['*'], allowMethods: ['PUT'] }) }),
  route('app', '/all', {
    filters: cors({
      allowOrigins: ['*'],
      allowMethods: ['*'],
      allowHeaders: ['*'],
      exposeHeaders: ['*'],
      allowCredentials: true,
    }),
  }),
  route('app', '/all-unauth', { filters: cors({ allowOrigins: ['*'], allowMethods: ['*'], allowHeaders: ['*'] }) }),
  route('app', '/put-only', {
    match: { path: { type: 'PathPrefix', value: '/put-only' }, method: 'PUT' },
    filters: cors({ allowOrigins: ['http://localhost:3000'], allowMethods: ['PUT'] }),
  }),
  route('app', '/plain'),
];

/** @returns the response's status and its CORS fields */
async function ask(method: string, path: string, fields: Record<string, string>, backendAnswer?: string) {
  const rig = await GatewayRig.open({}, { routes: ROUTES });
  const backend = await rig.backend();
  const client = await rig.client();
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  client.send(`${method} ${path} HTTP/1.1\r\nHost: localhost\r\n${lines.join('')}\r\n`);
  if (backendAnswer !== undefined) {
    const upstream = await backend.connection();
    await upstream.head();
    upstream.send(backendAnswer);
  }
  const { status, fields: found } = await client.response();
  const short = [...found].filter(([name]) => name.startsWith('access-control-'));
  const named = Object.fromEntries(short.map(([name, values]) => [name.slice(15), values.join(' | ')]));
  return { status, cors: named, vary: found.get('vary')?.join() ?? null, reached: backend.connections.length };
}

const preflight = (path: string, origin: string, method: string, headers?: string) =>
  ask('OPTIONS', path, {
    Origin: origin,
    'access-control-request-method': method,
    ...(headers !== undefined && { 'access-control-request-headers': headers }),
  });
const simple = (method: string, path: string, origin: string, more = {}) =>
  ask(method, path, { Origin: origin, ...more }, answer());

describe('preflights', () => {
  it.each(['https://www.foo.com', 'https://www.bar.com', 'https://xpto.www.bar.com'])('%s may come', async (origin) => {
    const seen = await preflight('/cors-1', origin, 'GET', 'x-header-1, x-header-2');
    expect(seen).toEqual({
      status: 200,
      cors: {
        'allow-origin': origin,
        'allow-methods': 'GET, OPTIONS',
        'allow-headers': 'x-header-1, x-header-2',
        'expose-headers': 'x-header-3, x-header-4',
        'max-age': '3600',
        'allow-credentials': 'true',
      },
      vary: 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers',
      reached: 0,
    });
  });

  it.each([
    'https://foobar.com',
    'http://www.foo.com',
    'https://www.foo.com:8443',
    'https://bar.com',
    'https://www.foo.com.evil',
    'null',
  ])('%s may not', async (origin) => {
    const seen = await preflight('/cors-1', origin, 'GET');
    expect(seen).toMatchObject({ status: 403, cors: {}, reached: 0 });
  });

  it('every method by `*`, without credentials', async () => {
    const seen = await preflight('/cors-2', 'https://www.foo.com', 'POST');
    expect(seen).toMatchObject({
      status: 200,
      cors: { 'allow-origin': 'https://www.foo.com', 'allow-methods': '*', 'max-age': '5' },
    });
    expect(seen.cors).not.toHaveProperty('allow-credentials');
  });

  it.each(['https://foobar.com', 'https://foobar.com:12345'])('any origin by `*`: %s', async (origin) => {
    const seen = await preflight('/cors-wildcard-origin', origin, 'PUT');
    expect(seen.cors).toEqual({ 'allow-origin': origin, 'allow-methods': 'PUT', 'max-age': '5' });
  });

  it('with credentials `*` is never said: what was asked for is named', async () => {
    const seen = await preflight('/all', 'https://other.foo.com', 'PUT', 'x-header-1, x-header-2');
    expect(seen.cors).toEqual({
      'allow-origin': 'https://other.foo.com',
      'allow-methods': 'PUT',
      'allow-headers': 'x-header-1, x-header-2',
      'allow-credentials': 'true',
      'max-age': '5',
    });
    const without = await preflight('/all-unauth', 'https://other.foo.com', 'PUT', 'x-header-1');
    expect(without.cors).toMatchObject({ 'allow-methods': '*', 'allow-headers': '*' });
    expect(without.cors).not.toHaveProperty('allow-credentials');
  });

  it('a route for one method answers the preflight for that method', async () => {
    const seen = await preflight('/put-only', 'http://localhost:3000', 'PUT');
    expect(seen).toMatchObject({ status: 200, cors: { 'allow-origin': 'http://localhost:3000' } });
    expect(await preflight('/put-only', 'http://localhost:3000', 'DELETE')).toMatchObject({ status: 404 });
  });

  it('a route without the filter gets its OPTIONS itself', async () => {
    const fields = { Origin: 'https://a.test', 'access-control-request-method': 'GET' };
    expect(await ask('OPTIONS', '/plain', fields, answer())).toMatchObject({ status: 200, reached: 1, cors: {} });
  });
});

describe('actual requests', () => {
  it.each(['https://www.foo.com', 'https://www.bar.com'])('%s may read the answer', async (origin) => {
    const seen = await simple('GET', '/cors-1', origin, {
      'access-control-request-method': 'GET',
      'access-control-request-headers': 'x-header-1, x-header-2',
    });
    expect(seen).toEqual({
      status: 200,
      cors: { 'allow-origin': origin, 'allow-credentials': 'true', 'expose-headers': 'x-header-3, x-header-4' },
      vary: 'Origin',
      reached: 1,
    });
  });

  it('another origin gets the answer without leave to read it, whatever the service says', async () => {
    const bold = answer('ok', '200 OK', 'Access-Control-Allow-Origin: *\r\nAccess-Control-Allow-Credentials: true\r\n');
    const seen = await ask('GET', '/cors-1', { Origin: 'https://foobar.com' }, bold);
    expect(seen).toEqual({ status: 200, cors: {}, vary: 'Origin', reached: 1 });
  });

  it('the fields stand once, though the service sends its own', async () => {
    const seen = await ask(
      'GET',
      '/cors-2',
      { Origin: 'https://www.foo.com' },
      answer('ok', '200 OK', 'Access-Control-Allow-Origin: *\r\n'),
    );
    expect(seen.cors).toEqual({ 'allow-origin': 'https://www.foo.com' });
  });

  it.each([
    ['/cors-wildcard-origin', 'PUT', 'https://foobar.com', false],
    ['/cors-wildcard-origin', 'PUT', 'https://foobar.com:12345', false],
    ['/all', 'GET', 'https://other.foo.com', true],
    ['/all-unauth', 'GET', 'https://other.foo.com', false],
  ])('%s %s from %s', async (path, method, origin, credentials) => {
    const seen = await simple(method, path, origin, { Authorization: 'Bearer test', Cookie: 'sid=abc123' });
    expect(seen.cors).toEqual({ 'allow-origin': origin, ...(credentials && { 'allow-credentials': 'true' }) });
  });

  it('a page can read why the gateway itself refused', async () => {
    const rig = await GatewayRig.open({}, { routes: ROUTES });
    rig.registry.setAvailability('app' as never, 'stopped');
    const client = await rig.client();
    const response = await client
      .send('GET /cors-2 HTTP/1.1\r\nHost: localhost\r\nOrigin: https://www.foo.com\r\n\r\n')
      .response();
    expect([response.status, response.fields.get('access-control-allow-origin')]).toEqual([
      503,
      ['https://www.foo.com'],
    ]);
  });

  it('without an Origin only Vary tells', async () => {
    expect(await ask('GET', '/cors-1', {}, answer())).toEqual({ status: 200, cors: {}, vary: 'Origin', reached: 1 });
  });
});
