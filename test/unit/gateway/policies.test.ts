/** Weights, rate limits and the swap of tables, over real requests. */
import { describe, expect, it } from 'vitest';
import { RateLimiter } from '../../../src/gateway/routes/rate-limiter.ts';
import { Split } from '../../../src/gateway/routes/split.ts';
import { instanceId, serviceName } from '../../../src/model/names.ts';
import type { RateLimitSpec, Route } from '../../../src/model/route.ts';
import { APP, answer, GatewayRig, get, onCleanup, route } from './rig/gateway-rig.ts';
import { RawBackend } from './rig/raw-backend.ts';

const STABLE = serviceName('stable');
const CANARY = serviceName('canary');
const refs = (stable: number, canary: number) => [
  { name: STABLE, weight: stable },
  { name: CANARY, weight: canary },
];

/** Two services that answer by themselves with their name. */
async function twoServices(routes: readonly Route[]) {
  const rig = await GatewayRig.open({}, { routes });
  for (const service of [STABLE, CANARY]) {
    const backend = await RawBackend.open();
    onCleanup(() => backend.close());
    backend.server.on('connection', (socket) => socket.on('data', () => socket.write(answer(service), 'latin1')));
    rig.put(backend.port, 1, 'ready', service);
  }
  const client = await rig.client();
  const bodies = async (count: number, fields = ''): Promise<string[]> => {
    const seen: string[] = [];
    for (let i = 0; i < count; i++) seen.push((await client.send(get('/', fields)).response()).body);
    return seen;
  };
  return { rig, client, bodies };
}

describe('weights', () => {
  it('of instances: who was registered with more gets more, who with none gets none while there are others', async () => {
    const policies = { app: { own: { balancer: { kind: 'round-robin' as const } }, callers: {} } };
    const rig = await GatewayRig.open({}, { policies });
    const seen: number[] = [];
    const open = async (replica: number, weight?: number): Promise<void> => {
      const backend = await RawBackend.open();
      onCleanup(() => backend.close());
      backend.server.on('connection', (socket) =>
        socket.on('data', () => {
          seen.push(replica);
          socket.write(answer(), 'latin1');
        }),
      );
      const where = { host: '127.0.0.1', port: backend.port, state: 'ready' } as const;
      rig.registry.put({
        id: instanceId(APP, replica, 1),
        service: APP,
        replica,
        ...where,
        ...(weight !== undefined && { weight }),
      });
    };
    await open(1);
    await open(2, 3);
    await open(3, 0);
    const client = await rig.client();
    for (let i = 0; i < 12; i++) await client.send(get()).response();
    expect([...seen].sort()).toEqual([1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2]);
    for (const replica of [1, 2]) rig.registry.remove(instanceId(APP, replica, 1));
    await client.send(get()).response();
    expect(seen.at(-1)).toBe(3);
  });

  it('the shares are exact, and mixed', async () => {
    const { bodies } = await twoServices([route('stable', '/', { backendRefs: refs(9, 1) })]);
    const seen = await bodies(20);
    expect(seen.filter((body) => body === 'canary')).toHaveLength(2);
    expect(seen.slice(0, 10)).toContain('canary');
  });

  it('a header decides, the same way every time', async () => {
    const { bodies } = await twoServices([route('stable', '/', { backendRefs: refs(50, 50), hashOn: 'X-User' })]);
    const first = await Promise.all([bodies(1, 'x-user: ada\r\n')]);
    const users = ['ada', 'bob', 'cyd', 'dan', 'eve', 'fay', 'gus', 'hal'];
    const round = async () => {
      const seen: string[] = [];
      for (const user of users) seen.push((await bodies(1, `X-User: ${user}\r\n`))[0]!);
      return seen;
    };
    const once = await round();
    expect(await round()).toEqual(once);
    expect(new Set(once)).toEqual(new Set(['stable', 'canary']));
    expect(first[0]).toEqual([once[0]]);
  });

  it('a weight of 0 gets nothing; weights of 0 alone are answered with 500', async () => {
    const { bodies, rig, client } = await twoServices([route('stable', '/', { backendRefs: refs(0, 1) })]);
    expect(new Set(await bodies(8))).toEqual(new Set(['canary']));
    rig.gateway.setRoutes({ routes: [route('stable', '/', { backendRefs: refs(0, 0) })], balancers: {} });
    expect((await client.send(get('/')).response()).status).toBe(500);
  });

  it('hashes spread by weight', () => {
    const split = new Split(refs(80, 20), 'x');
    let canary = 0;
    for (let i = 0; i < 10_000; i++) if (split.pick(`user-${i}`) === 'canary') canary++;
    expect(canary).toBeGreaterThan(1800);
    expect(canary).toBeLessThan(2200);
  });
});

describe('rate limits', () => {
  const limit = (spec: Partial<RateLimitSpec>): Route['filters'] => [
    { type: 'RateLimit', rateLimit: { requests: 2, perMs: 60_000, burst: 2, by: 'client', ...spec } },
  ];

  it('429 with when to come back; the fields of the draft on every answer', async () => {
    const { client } = await twoServices([route('stable', '/', { filters: limit({}) })]);
    const seen = [];
    for (let i = 0; i < 3; i++) seen.push(await client.send(get('/')).response());
    expect(seen.map(({ status }) => status)).toEqual([200, 200, 429]);
    expect(seen.map(({ fields }) => fields.get('ratelimit'))).toEqual([
      ['"client";r=1;t=30'],
      ['"client";r=0;t=60'],
      ['"client";r=0;t=30'],
    ]);
    for (const { fields } of seen) expect(fields.get('ratelimit-policy')).toEqual(['"client";q=2;w=60']);
    expect(seen[2]!.fields.get('retry-after')).toEqual(['30']);
    expect(seen[2]!.fields.get('content-type')).toEqual(['application/problem+json']);
    expect(JSON.parse(seen[2]!.body)).toMatchObject({ status: 429, msvc: { code: 'rate-limited' } });
  });

  it('each value of a header has its own bucket, and a value is no address', async () => {
    const { client } = await twoServices([
      route('stable', '/', { filters: limit({ by: 'header', header: 'X-Key', burst: 1 }) }),
    ]);
    const status = async (fields: string) => (await client.send(get('/', fields)).response()).status;
    expect(await status('x-key: a\r\n')).toBe(200);
    expect(await status('x-key: a\r\n')).toBe(429);
    expect(await status('x-key: b\r\n')).toBe(200);
    expect(await status('x-key: 127.0.0.1\r\n')).toBe(200);
    expect(await status('')).toBe(200);
    expect(await status('')).toBe(429);
  });

  it('buckets outlive a new table as long as the rule stays', async () => {
    const table = (burst: number) => ({
      routes: [route('stable', '/', { filters: limit({ burst }) }), route('canary', '/c')],
      balancers: {},
    });
    const { client, rig } = await twoServices(table(1).routes);
    const status = async () => (await client.send(get('/')).response()).status;
    expect([await status(), await status()]).toEqual([200, 429]);
    // Nobody asks between the two.
    rig.gateway.setRoutes(table(1));
    rig.gateway.setRoutes(table(1));
    expect(await status()).toBe(429);
    rig.gateway.setRoutes(table(3));
    expect(await status()).toBe(200);
  });

  it('tokens come back with time, up to the burst', () => {
    const limiter = new RateLimiter({ requests: 10, perMs: 1000, burst: 3, by: 'route' });
    const allowed = (now: number) => limiter.take('', now).allowed;
    expect([allowed(0), allowed(0), allowed(0), allowed(0)]).toEqual([true, true, true, false]);
    expect([allowed(99), allowed(100), allowed(100)]).toEqual([false, true, false]);
    expect([allowed(10_000), allowed(10_000), allowed(10_000), allowed(10_000)]).toEqual([true, true, true, false]);
    expect(limiter.take('', 10_050)).toEqual({ allowed: false, remaining: 0, seconds: 1 });
  });

  it('buckets are bounded', () => {
    const limiter = new RateLimiter({ requests: 1, perMs: 3_600_000, burst: 1, by: 'client' });
    for (let i = 0; i < 30_000; i++) expect(limiter.take(String(i), 0).allowed).toBe(true);
    expect(limiter.take('29999', 0).allowed).toBe(false);
  });
});

describe('a new table', () => {
  it('does not touch what is under way: a stream ends on the route it began on', async () => {
    const strip = {
      type: 'URLRewrite',
      urlRewrite: { path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/' } },
    } as const;
    const rig = await GatewayRig.open({}, { routes: [route('app', '/old', { filters: [strip] })] });
    const backend = await rig.backend();
    const client = await rig.client();
    client.send(get('/old/stream'));
    const upstream = await backend.connection();
    expect((await upstream.head()).line).toBe('GET /stream HTTP/1.1');
    upstream.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n');
    await client.text('first');
    rig.gateway.setRoutes({ routes: [route('gone', '/')], balancers: {} });
    rig.gateway.setRoutes({ routes: [route('app', '/new')], balancers: {} });
    const other = await rig.client();
    expect((await other.send(get('/old/stream')).response()).status).toBe(404);
    upstream.send('4\r\nlast\r\n0\r\n\r\n');
    expect((await client.response()).body).toBe('firstlast');
    // The same connection meets the new table with its next request.
    client.send(get('/new'));
    expect((await upstream.head()).line).toBe('GET /new HTTP/1.1');
    upstream.send(answer());
    expect((await client.response()).status).toBe(200);
  });
});
