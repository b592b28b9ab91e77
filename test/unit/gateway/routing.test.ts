/** Routes in the Gateway API's semantics, over real requests: which service, which path, which fields. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import { describe, expect, it } from 'vitest';
import { RequestHead } from '../../../src/gateway/http/request-head.ts';
import { Matcher } from '../../../src/gateway/routes/matcher.ts';
import { normalPath } from '../../../src/gateway/routes/normal-path.ts';
import type { ServiceName } from '../../../src/model/names.ts';
import type { HeaderChange, PathMatch } from '../../../src/model/route.ts';
import { answer, GatewayRig, get, onCleanup, route } from './rig/gateway-rig.ts';

function winner(
  table: Parameters<typeof make>[0],
  host: string,
  path: string,
  fields = '',
  method = 'GET',
): string | null {
  const head = new RequestHead();
  const text = `${method} ${path} HTTP/1.1\r\nHost: ${host}\r\n${fields}`;
  expect(head.parse(text, text.length, 8192)).toBe(0);
  const [raw = '', query = ''] = path.split('?');
  return make(table).find(host, head, normalPath(raw).path, query && `?${query}`)?.compiled.rule.service ?? null;
}

function make(table: { routes: ReturnType<typeof route>[]; serviceHosts?: Record<string, string> }): Matcher {
  return new Matcher({ balancers: {}, ...table });
}

/** Which services a shared route sends to, one request after the other. */
function shared(matcher: Matcher, host: string): () => string | null {
  const head = new RequestHead();
  const text = `GET / HTTP/1.1\r\nHost: ${host}\r\n`;
  expect(head.parse(text, text.length, 8192)).toBe(0);
  return () => matcher.find(host, head, '/', '')?.compiled.rule.split?.pick(undefined) ?? null;
}

const typed = (service: string, type: PathMatch['type'], value: string) =>
  route(service, '/', { match: { path: { type, value } } });

describe('which route wins', () => {
  it('a prefix matches whole segments', () => {
    const table = { routes: [route('v2', '/v2'), route('root', '/')] };
    const seen = ['/v2', '/v2/', '/v2/x', '/v2example', '/', '/x'].map((path) => winner(table, 'localhost', path));
    expect(seen).toEqual(['v2', 'v2', 'v2', 'root', 'root', 'root']);
  });

  it('names of one route share its turns', () => {
    const backendRefs = ['x', 'y', 'z'].map((name) => ({ name: name as ServiceName, weight: 1 }));
    const matcher = make({ routes: [{ ...route('x', '/', { hostnames: ['a.test', '*.b.test'] }), backendRefs }] });
    const [a, b] = [shared(matcher, 'a.test'), shared(matcher, 'c.b.test')];
    expect([a(), b(), a()].sort()).toEqual(['x', 'y', 'z']);
  });

  it('Exact before RegularExpression before the longest prefix', () => {
    const table = {
      routes: [
        route('short', '/a'),
        route('long', '/a/b'),
        typed('regex', 'RegularExpression', '/a/b/\\d+'),
        typed('exact', 'Exact', '/a/b/1'),
      ],
    };
    const seen = ['/a/b/1', '/a/b/2', '/a/b/x', '/a/c', '/a/b/1/'].map((path) => winner(table, 'localhost', path));
    expect(seen).toEqual(['exact', 'regex', 'long', 'short', 'long']);
    expect(winner(table, 'localhost', '/')).toBe(null);
  });

  it('the most specific host first; a route for any host after all', () => {
    const routes = [
      route('any', '/deep/path'),
      route('wild', '/', { hostnames: ['*.example.localhost'] }),
      route('longer', '/', { hostnames: ['*.b.example.localhost'] }),
      route('exact', '/x', { hostnames: ['a.b.example.localhost'] }),
    ];
    const table = { routes, serviceHosts: { 'app.localhost': 'app' } };
    expect(winner(table, 'a.b.example.localhost', '/x')).toBe('exact');
    expect(winner(table, 'a.b.example.localhost', '/y')).toBe('longer');
    expect(winner(table, 'z.y.example.localhost', '/deep/path')).toBe('wild');
    expect(winner(table, 'example.localhost', '/deep/path')).toBe('any');
    expect(winner(table, 'app.localhost', '/deep/path')).toBe('app');
  });

  it('method, then number of headers, then of query parameters, then the first written', () => {
    const path: PathMatch = { type: 'PathPrefix', value: '/' };
    const header = { type: 'Exact', name: 'X-A', value: '1' } as const;
    const param = { type: 'RegularExpression', name: 'q', value: '[ab]' } as const;
    const routes = [
      route('plain', '/'),
      route('later', '/'),
      route('param', '/', { match: { path, queryParams: [param] } }),
      route('header', '/', { match: { path, headers: [header] } }),
      route('method', '/', { match: { path, method: 'POST' } }),
    ];
    const table = { routes };
    expect(winner(table, 'localhost', '/?q=a', 'X-A: 1\r\n', 'POST')).toBe('method');
    expect(winner(table, 'localhost', '/?q=a', 'x-a: 1\r\n')).toBe('header');
    expect(winner(table, 'localhost', '/?q=a')).toBe('param');
    expect(winner(table, 'localhost', '/?q=abc', 'X-A: 2\r\n')).toBe('plain');
  });

  it.each([
    ['/a/b', '/a/b'],
    ['//a///b/', '/a/b/'],
    ['/a/../b', '/b'],
    ['/a/%2e%2E/b', '/b'],
    ['/a/..%2f..%2Fb', '/b'],
    ['/a%2Fb', '/a%2Fb'],
    ['/a/%2f../b', '/b'],
    ['/%61', '/a'],
    ['/a/..;x=1/b', '/b'],
    ['/../../x', '/x'],
    ['/a/.', '/a/'],
    ['/.well-known/x', '/.well-known/x'],
    ['/...', '/...'],
    ['/a%c3%a4', '/a%C3%A4'],
    ['/..', '/'],
  ])('the normal form of %s is %s', (raw, normal) => {
    expect(normalPath(raw).path).toBe(normal);
  });
});

describe('filters', () => {
  async function through(target: string, filters: ReturnType<typeof route>['filters'], prefix = '/api', fields = '') {
    const rig = await GatewayRig.open({}, { routes: [route('app', prefix, { filters })] });
    const backend = await rig.backend();
    const client = await rig.client();
    client.send(get(target, fields));
    const upstream = await backend.connection();
    const head = await upstream.head();
    upstream.send(answer('ok', '200 OK', 'X-Old: 1\r\nX-Keep: 1\r\n'));
    return { head, response: await client.response() };
  }

  it.each([
    ['/api', '/'],
    ['/api/', '/'],
    ['/api/x%2Fy//z?q=%20', '/x%2Fy//z?q=%20'],
    ['/api?x=1', '/?x=1'],
    ['/a/../api/x', '/x'],
    ['//api/x', '/x'],
    ['/api/x/../y', '/y'],
    ['/api/%2e%2e/api/y', '/y'],
  ])('a stripped prefix: %s becomes %s', async (target, sent) => {
    const { head } = await through(target, [
      { type: 'URLRewrite', urlRewrite: { path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/' } } },
    ]);
    expect(head.line).toBe(`GET ${sent} HTTP/1.1`);
  });

  it('a replaced prefix, a replaced path, another host', async () => {
    const prefix = await through('/api/x', [
      {
        type: 'URLRewrite',
        urlRewrite: { hostname: 'inner.test', path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/v2/' } },
      },
    ]);
    expect([prefix.head.line, prefix.head.fields.get('host')]).toEqual(['GET /v2/x HTTP/1.1', ['inner.test']]);
    const full = await through('/api/x?q=1', [
      { type: 'URLRewrite', urlRewrite: { path: { type: 'ReplaceFullPath', replaceFullPath: '/only' } } },
    ]);
    expect(full.head.line).toBe('GET /only?q=1 HTTP/1.1');
  });

  it('fields are set, added and removed, both ways', async () => {
    const change = { set: [{ name: 'X-Set', value: 'new' }], add: [{ name: 'X-Keep', value: '2' }], remove: ['x-old'] };
    const { head, response } = await through(
      '/api',
      [
        { type: 'RequestHeaderModifier', requestHeaderModifier: change },
        { type: 'ResponseHeaderModifier', responseHeaderModifier: change },
      ],
      '/api',
      'X-Set: 1\r\nX-Old: 1\r\nX-Keep: 1\r\n',
    );
    for (const { fields } of [head, response]) {
      expect([fields.get('x-set'), fields.get('x-keep'), fields.get('x-old')]).toEqual([
        ['new'],
        ['1', '2'],
        undefined,
      ]);
    }
  });

  describe('a request modifier has the last word over what the gateway says', () => {
    const OWN = ['x-request-id', 'traceparent', 'forwarded', 'x-auth-subject', 'x-envoy-expected-rq-timeout-ms'];
    for (const name of ['for', 'host', 'port', 'proto']) OWN.push(`x-forwarded-${name}`);
    const brought = 'X-Request-Id: mine\r\nX-Forwarded-For: 9.9.9.9\r\ntracestate: a=1\r\n';
    const parent = `traceparent: 00-${'1'.repeat(32)}-${'2'.repeat(16)}-01\r\n`;

    async function sent(requestHeaderModifier: HeaderChange, fields: string, protocol: 'http' | 'h2c') {
      const filters = [{ type: 'RequestHeaderModifier' as const, requestHeaderModifier }];
      const open = createHash('sha256').update('open').digest('hex');
      const provider = { kind: 'api-key', name: 'keys', header: 'X-Key', clients: { [open]: 'acme' } } as const;
      const auth = { providers: [{ ...provider, forward: { sub: 'X-Auth-Subject' } }] };
      const guarded = { auth: { provider: 'keys', require: {} }, timeouts: { requestMs: 60_000 } };
      const table = { routes: [route('app', '/', { filters, ...guarded })], protocols: { app: protocol }, auth };
      const rig = await GatewayRig.open({}, table);
      // Raw, so that nothing is joined or left out.
      const server = protocol === 'h2c' ? createHttp2Server() : createServer();
      server.on('request', (request: IncomingMessage, response: ServerResponse) => {
        const raw = request.rawHeaders.flatMap((name, i) =>
          i % 2 === 0 && !name.startsWith(':') ? [`${name.toLowerCase()}: ${request.rawHeaders[i + 1]}`] : [],
        );
        response.end(JSON.stringify(raw));
      });
      await once(server.listen(0, '127.0.0.1'), 'listening');
      onCleanup(() => void server.close());
      rig.put((server.address() as { port: number }).port);
      const client = await rig.client();
      const { status, body } = await client.send(get('/', `X-Key: open\r\n${fields}`)).response();
      expect(status).toBe(200);
      return (JSON.parse(body) as string[])
        .filter((line) => [...OWN, 'tracestate'].includes(line.split(':')[0]!))
        .sort();
    }

    describe.each(['http', 'h2c'] as const)('%s', (protocol) => {
      it.each(['', brought + parent])('set leaves one line of each, with %j', async (fields) => {
        const set = OWN.map((name) => ({ name, value: 'set' }));
        expect(await sent({ set }, fields, protocol)).toEqual(OWN.map((name) => `${name}: set`).sort());
      });

      it.each(['', brought + parent])('remove leaves none, with %j', async (fields) => {
        expect(await sent({ remove: OWN }, fields, protocol)).toEqual([]);
      });

      it('add extends what is a list', async () => {
        const lines = await sent({ add: [{ name: 'X-Forwarded-For', value: 'added' }] }, brought, protocol);
        const chain = lines.filter((line) => line.startsWith('x-forwarded-for: ')).map((line) => line.slice(17));
        expect(chain.join(', ')).toBe('127.0.0.1, added');
      });

      it('a state of the trace goes with its parent, unless it is set too', async () => {
        const set = [
          { name: 'traceparent', value: 'p' },
          { name: 'tracestate', value: 's' },
        ];
        const lines = await sent({ set }, brought + parent, protocol);
        expect(lines.filter((line) => line.startsWith('trace'))).toEqual(['traceparent: p', 'tracestate: s']);
      });
    });
  });

  it.each([
    // Rules of HTTPRequestRedirectFilter: scheme, host, port, path, status. PORT is the listener's.
    [{ statusCode: 302 }, 302, 'http://localhost:PORT/old/x?q'],
    [{ statusCode: 308, hostname: 'new.test' }, 308, 'http://new.test:PORT/old/x?q'],
    [{ statusCode: 301, scheme: 'https' }, 301, 'https://localhost/old/x?q'],
    [{ statusCode: 301, scheme: 'http' }, 301, 'http://localhost/old/x?q'],
    [{ statusCode: 307, scheme: 'https', port: 443 }, 307, 'https://localhost/old/x?q'],
    [{ statusCode: 307, scheme: 'https', port: 8443 }, 307, 'https://localhost:8443/old/x?q'],
    [{ statusCode: 303, port: 80 }, 303, 'http://localhost/old/x?q'],
    [
      { statusCode: 302, path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/new' } },
      302,
      'http://localhost:PORT/new/x?q',
    ],
    [
      { statusCode: 302, path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/' } },
      302,
      'http://localhost:PORT/x?q',
    ],
    [
      { statusCode: 302, path: { type: 'ReplaceFullPath', replaceFullPath: '/only' } },
      302,
      'http://localhost:PORT/only?q',
    ],
  ] as const)('a redirect by %j', async (requestRedirect, status, location) => {
    const filters = [{ type: 'RequestRedirect' as const, requestRedirect }];
    const rig = await GatewayRig.open({}, { routes: [route('app', '/old', { filters })] });
    const client = await rig.client();
    const response = await client.send('GET /old/x?q HTTP/1.1\r\nHost: localhost:1\r\n\r\n').response();
    const wanted = location.replace('PORT', String(rig.port));
    expect([response.status, response.fields.get('location')]).toEqual([status, [wanted]]);
  });
});

describe('what the ports answer for', () => {
  it('404 lists the routes', async () => {
    const rig = await GatewayRig.open(
      {},
      { routes: [route('app', '/api'), route('web', '/', { hostnames: ['web.localhost'] })] },
    );
    const client = await rig.client();
    const response = await client.send(get('/x')).response();
    expect(response.status).toBe(404);
    expect(JSON.parse(response.body).routes).toEqual([
      { path: '/api', service: 'app', hosts: [] },
      { path: '/', service: 'web', hosts: ['web.localhost'] },
    ]);
  });

  it('the public port refuses names that are not its own (DNS rebinding)', async () => {
    const rig = await GatewayRig.open(
      {},
      { routes: [route('gone', '/'), route('gone', '/', { hostnames: ['shop.test', '*.my.test'] })] },
    );
    const client = await rig.client();
    const status = async (host: string) =>
      (await client.send(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`).response()).status;
    for (const host of [
      'localhost',
      'x.localhost:1',
      '127.0.0.1:9',
      '[::1]',
      'LOCALHOST',
      'shop.test',
      'a.my.test',
      'localhost.',
      'host.docker.internal:8080',
    ]) {
      expect([host, await status(host)]).toEqual([host, 503]);
    }
    for (const host of [
      'evil.test',
      'localhost.evil.test',
      '10.0.0.1',
      'my.test',
      '127.0.0.1.evil.test',
      'xlocalhost',
    ]) {
      expect([host, await status(host)]).toEqual([host, 421]);
    }
  });

  it('an edge takes any Host of a program, and nothing a browser made for another site', async () => {
    const rig = await GatewayRig.open();
    rig.registry.setAvailability('app' as never, 'stopped');
    const client = await rig.client(rig.edgePort);
    const status = async (host: string, fields = '') =>
      (await client.send(`GET / HTTP/1.1\r\nHost: ${host}\r\n${fields}\r\n`).response()).status;
    expect(await status('host.docker.internal:1')).toBe(503);
    expect(await status('localhost', 'Origin: http://localhost:8080\r\n')).toBe(503);
    expect(await status('localhost', 'Origin: https://shop.example\r\nSec-Fetch-Site: same-origin\r\n')).toBe(503);
    expect(await status('localhost', 'Sec-Fetch-Site: cross-site\r\n')).toBe(403);
    expect(await status('localhost', 'Origin: https://evil.test\r\n')).toBe(403);
    expect(await status('localhost', 'Origin: null\r\n')).toBe(403);
    expect(await status('evil.test', 'Sec-Fetch-Site: same-origin\r\n')).toBe(421);
  });

  it('a page that bends its name to this machine reaches no edge (DNS rebinding), other callers do', async () => {
    const rig = await GatewayRig.open({}, { routes: [route('app', '/', { hostnames: ['shop.test'] })] });
    rig.registry.setAvailability('app' as never, 'stopped');
    const client = await rig.client(rig.edgePort);
    const status = async (host: string, fields: string) =>
      (await client.send(`GET / HTTP/1.1\r\nHost: ${host}\r\n${fields}\r\n`).response()).status;
    // Without Sec-Fetch-*, as to every name that a browser does not trust; and with what a page can make of it.
    const agent = 'User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0\r\n';
    const language = 'Accept-Language: en-US,en;q=0.5\r\n';
    for (const fields of [agent + language, agent, `User-Agent: x\r\nAccept-Language:\r\n`]) {
      for (const host of [`evil.example:${rig.edgePort}`, 'app.evil.example', '127.0.0.1.evil.example', 'web']) {
        expect([host, fields, await status(host, fields)]).toEqual([host, fields, 421]);
      }
      for (const host of [
        ...['localhost', 'app.localhost:1', `127.0.0.1:${rig.edgePort}`, '[::1]:1', '172.17.0.1', '[fd00::1]'],
        ...['host.docker.internal:1', 'app', 'shop.test'],
      ]) {
        expect([host, fields, await status(host, fields)]).toEqual([host, fields, 503]);
      }
    }
    // Programs that are told to send the name of a tenant: curl, Go's client, and Node's fetch.
    const nodeFetch = 'Accept: */*\r\nAccept-Language: *\r\nSec-Fetch-Mode: cors\r\nUser-Agent: node\r\n';
    for (const fields of [
      'User-Agent: curl/8.5.0\r\nAccept: */*\r\n',
      'User-Agent: Go-http-client/1.1\r\n',
      nodeFetch,
    ]) {
      expect([fields, await status('tenant.shop.example', fields)]).toEqual([fields, 503]);
    }
  });

  it('a service answers at its own host name, whatever the path', async () => {
    const rig = await GatewayRig.open({}, { routes: [route('gone', '/')], serviceHosts: { 'app.localhost': 'app' } });
    const backend = await rig.backend();
    const client = await rig.client();
    client.send('GET /any HTTP/1.1\r\nHost: app.localhost:8080\r\n\r\n');
    expect((await (await backend.connection()).head()).line).toBe('GET /any HTTP/1.1');
  });
});
