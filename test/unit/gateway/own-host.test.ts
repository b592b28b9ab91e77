/** A service's own host name is no way around what its routes ask for, whatever they match and rewrite. */
import { createHash } from 'node:crypto';
import { describe, expect, it, test } from 'vitest';
import type { AuthTable } from '../../../src/gateway/protocol.ts';
import { explainRoutes } from '../../../src/gateway/routes/explain.ts';
import type { ServiceName } from '../../../src/model/names.ts';
import type { Route, RouteAuth, RouteFilter } from '../../../src/model/route.ts';
import { answer, GatewayRig, route } from './rig/gateway-rig.ts';

/** The key of a client is the name of its provider. */
const provider = (name: string): AuthTable['providers'][number] => ({
  kind: 'api-key',
  name,
  header: 'X-API-Key',
  clients: { [createHash('sha256').update(name).digest('hex')]: name },
  forward: { sub: 'X-Auth-Subject' },
});

const by = (name: string): { auth: RouteAuth } => ({ auth: { provider: name, require: {} } });
const users = by('users');
const admins = by('admins');

const prefixTo = (replacePrefixMatch: string): RouteFilter => ({
  type: 'URLRewrite',
  urlRewrite: { path: { type: 'ReplacePrefixMatch', replacePrefixMatch } },
});
const strip = { filters: [prefixTo('/')] };

/** Statuses at app.localhost: of nobody, of a user, of an admin. */
async function own(routes: readonly Route[], more: { default?: string } = {}) {
  const auth = { ...more, providers: ['users', 'admins'].map(provider) };
  const table = { routes, balancers: {}, serviceHosts: { 'app.localhost': 'app', 'free.localhost': 'free' }, auth };
  const rig = await GatewayRig.open({}, table);
  const backend = await rig.backend();
  backend.server.on('connection', (socket) => socket.on('data', () => socket.write(answer(), 'latin1')));
  const client = await rig.client();
  return async (target: string, { method = 'GET', fields = '', host = 'app.localhost' } = {}) => {
    const statuses: number[] = [];
    for (const key of ['', 'users', 'admins']) {
      const proof = key === '' ? '' : `X-API-Key: ${key}\r\n`;
      client.send(`${method} ${target} HTTP/1.1\r\nHost: ${host}\r\n${proof}${fields}\r\n`);
      statuses.push((await client.response()).status);
    }
    // What the command tells is what the gateway does.
    const lines = fields.split('\r\n').flatMap((line) => {
      const [name = '', value = ''] = line.split(': ');
      return name === '' ? [] : [{ name, value }];
    });
    const asked = { method, target, headers: [{ name: 'Host', value: host }, ...lines] };
    const { winner } = explainRoutes(table, asked, rig.port);
    const told = winner === null ? SHUT : winner.route.auth ? ONLY[winner.route.auth.provider]! : OPEN;
    if (host === 'app.localhost') expect([target, told]).toEqual([target, statuses]);
    return statuses;
  };
}

const OPEN = [200, 200, 200];
const SHUT = [404, 404, 404];
const ONLY: Readonly<Record<string, number[]>> = { users: [401, 200, 401], admins: [401, 401, 200] };

describe("at a service's own host name", () => {
  it('each path asks for what its route asks for, in every spelling', async () => {
    const ask = await own([route('app', '/me', users), route('app', '/admin', admins)]);
    for (const path of ['/me', '/me/x', '/admin/../me', '/%6de']) expect(await ask(path)).toEqual(ONLY.users);
    for (const path of ['/admin', '/admin/', '/admin/x?y', '//admin', '/me/../admin', '/me/..%2fadmin', '/%61dmin'])
      expect(await ask(path)).toEqual(ONLY.admins);
  });

  it('what counts is the path that the service gets', async () => {
    const full: RouteFilter = {
      type: 'URLRewrite',
      urlRewrite: { path: { type: 'ReplaceFullPath', replaceFullPath: '/v1/st%61tus' } },
    };
    const ask = await own([
      route('app', '/api', { filters: [prefixTo('/v1/')], ...users }),
      route('app', '/back', { filters: [prefixTo('/v1/admin')], ...admins }),
      route('app', '/health', { filters: [full] }),
    ]);
    expect(await ask('/v1')).toEqual(ONLY.users);
    expect(await ask('/v1/orders')).toEqual(ONLY.users);
    expect(await ask('/v1/admin/x')).toEqual(ONLY.admins);
    expect(await ask('/v1/status')).toEqual(OPEN);
    // The words of the routes, which are not those of the service.
    for (const path of ['/api', '/back', '/health']) expect(await ask(path)).toEqual(SHUT);
  });

  it('a route that lets everybody in does so for what it leads to, and no more', async () => {
    const redirect: RouteFilter = { type: 'RequestRedirect', requestRedirect: { statusCode: 301, scheme: 'https' } };
    const refs = (...weights: number[]) => ({
      backendRefs: ['app', 'free'].map((name, i) => ({ name: name as ServiceName, weight: weights[i]! })),
    });
    const ask = await own([
      route('app', '/', admins),
      route('app', '/open'),
      route('app', '/moved', { filters: [redirect] }),
      route('free', '/shared', refs(1, 1)),
      route('app', '/gone', refs(0, 1)),
    ]);
    expect(await ask('/open/x')).toEqual(OPEN);
    expect(await ask('/shared')).toEqual(OPEN);
    for (const path of ['/', '/opened', '/moved', '/gone']) expect(await ask(path)).toEqual(ONLY.admins);
  });

  it('methods, headers and query parameters decide as they do among routes', async () => {
    const path = { type: 'PathPrefix', value: '/x' } as const;
    const header = { type: 'Exact', name: 'X-V', value: '2' } as const;
    const param = { type: 'Exact', name: 'q', value: '1' } as const;
    const ask = await own([
      route('app', '/x', { match: { path, method: 'POST' }, ...admins }),
      route('app', '/x', { match: { path, headers: [header] }, ...admins }),
      route('app', '/x', { match: { path, queryParams: [param] } }),
      route('app', '/y', { match: { path: { type: 'Exact', value: '/x/y' } }, ...users }),
    ]);
    expect(await ask('/x?q=1', { method: 'POST', fields: 'Content-Length: 0\r\n' })).toEqual(ONLY.admins);
    expect(await ask('/x?q=1', { fields: 'x-v: 2\r\n' })).toEqual(ONLY.admins);
    expect(await ask('/x?q=1')).toEqual(OPEN);
    expect(await ask('/x/y', { fields: 'x-v: 2\r\n' })).toEqual(ONLY.users);
    expect(await ask('/x')).toEqual(SHUT);
  });

  it('a path that no route leads to asks for what they all ask for; where they differ it is shut', async () => {
    const agreed = await own([route('app', '/me', users), route('app', '/you', users), route('app', '/open')]);
    expect(await agreed('/anything')).toEqual(ONLY.users);
    const differing = await own([route('app', '/me', users), route('app', '/admin', admins)]);
    // A service that ignores case would take it for the path of the admins.
    for (const path of ['/', '/ADMIN', '/anything']) expect(await differing(path)).toEqual(SHUT);
    const strict = await own([route('app', '/admin', admins)], { default: 'users' });
    expect(await strict('/anything')).toEqual(SHUT);
  });

  it('where two routes lead in the same manner, nobody is let in by the easier one', async () => {
    const two = await own([
      route('app', '/me', { ...strip, ...users }),
      route('app', '/admin', { ...strip, ...admins }),
    ]);
    expect(await two('/x')).toEqual(SHUT);
    const one = await own([
      route('app', '/', { hostnames: ['public.test'] }),
      route('app', '/', { hostnames: ['inside.test'], ...admins }),
    ]);
    expect(await one('/x')).toEqual(ONLY.admins);
  });

  it('a route that is written for that name goes first', async () => {
    const ask = await own([
      route('app', '/', { hostnames: ['app.localhost'], match: { method: 'POST' } }),
      route('app', '/admin', admins),
    ]);
    expect(await ask('/admin', { method: 'POST', fields: 'Content-Length: 0\r\n' })).toEqual(OPEN);
    expect(await ask('/admin')).toEqual(ONLY.admins);
  });

  it('the default is asked for where no route says anything', async () => {
    const loose = await own([route('app', '/me', users)]);
    expect(await loose('/', { host: 'free.localhost' })).toEqual([503, 503, 503]);
    const strict = await own([route('app', '/me', users)], { default: 'users' });
    expect(await strict('/', { host: 'free.localhost' })).toEqual([401, 503, 401]);
    expect(await strict('/anything')).toEqual(ONLY.users);
  });
});

test('the command says why there is no way in', () => {
  const routes = [route('app', '/me', users), route('app', '/admin', admins)];
  const table = { routes, balancers: {}, serviceHosts: { 'app.localhost': 'app' } };
  const asked = { method: 'GET', target: '/x', headers: [{ name: 'Host', value: 'app.localhost' }] };
  const { answer: given, candidates } = explainRoutes(table, asked, 8080);
  expect(given).toEqual({ status: 404, code: 'no-route', location: null });
  expect(candidates.find(({ implied }) => implied)).toMatchObject({
    verdict: 'fails',
    failing: [{ condition: 'auth', wanted: '', got: null }],
  });
});
