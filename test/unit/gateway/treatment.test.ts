/** What a policy does to requests: ejection, repetitions, times, limits, keys of balancing. Real sockets throughout. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { RouteTable } from '../../../src/gateway/protocol.ts';
import { instanceId } from '../../../src/model/names.ts';
import type { PolicyWords } from '../../../src/model/policy.ts';
import { APP, answer, GatewayRig, get, onCleanup, route } from './rig/gateway-rig.ts';

interface Told {
  status: number;
  /** Requests that reached it. */
  met: number;
  /** Answers wait for this. */
  gate: Promise<void>;
  /** Each answer takes so long. */
  slowMs: number;
  timeouts: (string | undefined)[];
}

async function instance(rig: GatewayRig, replica: number): Promise<Told> {
  const told: Told = { status: 200, met: 0, gate: Promise.resolve(), slowMs: 0, timeouts: [] };
  const server = createServer(async (request, response) => {
    told.met++;
    told.timeouts.push(request.headers['x-envoy-expected-rq-timeout-ms'] as string | undefined);
    const { status } = told;
    await told.gate;
    if (told.slowMs > 0) await pause(told.slowMs);
    response.writeHead(status).end(`r${replica}`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onCleanup(() => {
    server.closeAllConnections();
    server.close();
  });
  rig.put((server.address() as { port: number }).port, replica);
  return told;
}

const words = (own: PolicyWords): Partial<RouteTable> => ({ policies: { [APP]: { own, callers: {} } } });
const code = (body: string): string => JSON.parse(body).msvc.code;

describe('ejection', () => {
  it('five failures in a row take an instance out of balancing, and its time brings it back', async () => {
    const rig = await GatewayRig.open(
      {},
      words({ ejection: { forMs: 2_000 }, breaker: null, balancer: { kind: 'round-robin' } }),
    );
    const [bad, good] = [await instance(rig, 1), await instance(rig, 2)];
    bad.status = 500;
    const client = await rig.client();
    for (let i = 0; i < 10; i++) await client.send(get()).response();
    expect(rig.news).toMatchObject([{ type: 'instance.ejected', instance: 'app.1@1', failures: 5, forMs: 2_000 }]);
    expect(rig.gateway.stats().instances.find(({ instance }) => instance === 'app.1@1')?.ejected).toBe(true);
    for (let i = 0; i < 10; i++) expect((await client.send(get()).response()).body).toBe('r2');
    expect([bad.met, good.met]).toEqual([5, 15]);
    await expect.poll(() => rig.news.at(-1)).toMatchObject({ type: 'instance.returned', reason: 'time' });
    bad.status = 200;
    const bodies = [await client.send(get()).response(), await client.send(get()).response()].map(({ body }) => body);
    expect(bodies.sort()).toEqual(['r1', 'r2']);
  });

  it('at most half are away, and each time is longer than the one before', async () => {
    const rig = await GatewayRig.open(
      {},
      words({ ejection: { failures: 1, forMs: 60 }, breaker: null, balancer: { kind: 'round-robin' } }),
    );
    for (let replica = 1; replica <= 4; replica++) (await instance(rig, replica)).status = 503;
    const client = await rig.client();
    for (let i = 0; i < 12; i++) await client.send(get()).response();
    expect(rig.gateway.stats().instances.filter(({ ejected }) => ejected).length).toBeLessThanOrEqual(2);
    await expect
      .poll(async () => {
        await client.send(get()).response();
        return rig.news.some((news) => news.type === 'instance.ejected' && news.forMs === 120);
      })
      .toBe(true);
  });

  it('rule 70: ejection never removes the last endpoint', async () => {
    const rig = await GatewayRig.open({}, words({ breaker: null, ejection: { failures: 1, mostPercent: 100 } }));
    const only = await instance(rig, 1);
    only.status = 500;
    const client = await rig.client();
    for (let i = 0; i < 8; i++) expect((await client.send(get()).response()).status).toBe(500);
    expect(rig.news).toEqual([]);
    const second = await instance(rig, 2);
    second.status = 500;
    for (let i = 0; i < 8; i++) expect((await client.send(get()).response()).status).toBe(500);
    expect(rig.gateway.stats().instances.filter(({ ejected }) => ejected)).toHaveLength(1);
    // The other one goes: who was away is all that is left.
    const [away] = rig.gateway.stats().instances.filter(({ ejected }) => ejected);
    rig.registry.remove(instanceId(APP, away?.instance === 'app.1@1' ? 2 : 1, 1));
    expect((await client.send(get()).response()).status).toBe(500);
    expect(rig.news.at(-1)).toMatchObject({ type: 'instance.returned', reason: 'too-few' });
  });
});

describe('repetitions', () => {
  it('a status that is named is tried elsewhere, for requests that may be repeated', async () => {
    const rig = await GatewayRig.open(
      {},
      words({ retries: { statuses: [503] }, balancer: { kind: 'round-robin' }, ejection: null }),
    );
    (await instance(rig, 1)).status = 503;
    await instance(rig, 2);
    const client = await rig.client();
    for (let i = 0; i < 6; i++) expect((await client.send(get()).response()).body).toBe('r2');
    const posted = new Set<number>();
    for (let i = 0; i < 4; i++) {
      const post = 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nhi';
      posted.add((await client.send(post).response()).status);
    }
    expect([...posted].sort()).toEqual([200, 503]);
  });

  it("retry of a route, in the Gateway API's words", async () => {
    const retry = { codes: [500], attempts: 1 };
    const rig = await GatewayRig.open({}, { routes: [route('app', '/again', { retry }), route('app', '/')] });
    const only = await instance(rig, 1);
    only.status = 500;
    const client = await rig.client();
    expect((await client.send(get('/again')).response()).status).toBe(500);
    expect(only.met).toBe(2);
    expect((await client.send(get('/')).response()).status).toBe(500);
    expect(only.met).toBe(3);
  });

  it('no repetitions where there are to be none', async () => {
    const rig = await GatewayRig.open({}, words({ retries: { attempts: 0 } }));
    const backend = await rig.backend();
    const client = await rig.client();
    client.send(get());
    const upstream = await backend.connection();
    await upstream.head();
    upstream.socket.resetAndDestroy();
    expect(code((await client.response()).body)).toBe('upstream-reset');
    expect(backend.connections).toHaveLength(1);
  });
});

describe('times', () => {
  it('one try that takes too long is repeated elsewhere', async () => {
    const rig = await GatewayRig.open(
      {},
      words({ timeouts: { tryMs: 500 }, balancer: { kind: 'round-robin' }, ejection: null }),
    );
    const slow = await instance(rig, 1);
    slow.gate = new Promise(() => {});
    await instance(rig, 2);
    const client = await rig.client();
    for (let i = 0; i < 3; i++) expect((await client.send(get()).response()).body).toBe('r2');
    expect(slow.met).toBeGreaterThan(0);
    expect(rig.gateway.stats().edges[0]?.retries).toBe(slow.met);
  });

  it('the time for the whole request is passed on, and a shorter one of the caller holds', async () => {
    const rig = await GatewayRig.open({}, words({ timeouts: { requestMs: 5_000 } }));
    const only = await instance(rig, 1);
    const [edge, outside] = [await rig.client(rig.edgePort), await rig.client()];
    await edge.send(get()).response();
    await edge.send(get('/', 'X-Envoy-Expected-Rq-Timeout-Ms: 900\r\n')).response();
    await outside.send(get('/', 'X-Envoy-Expected-Rq-Timeout-Ms: 900\r\n')).response();
    const [first, second, third] = only.timeouts.map(Number) as [number, number, number];
    expect(first).toBeGreaterThan(900);
    expect(first).toBeLessThanOrEqual(5_000);
    expect(second).toBeLessThanOrEqual(900);
    // What a client outside says is not believed.
    expect(third).toBeGreaterThan(900);
  });

  it('a deadline that is over is a 504 of its own', async () => {
    const rig = await GatewayRig.open({}, words({ timeouts: { requestMs: 100 } }));
    (await instance(rig, 1)).gate = new Promise(() => {});
    const client = await rig.client();
    const late = await client.send(get()).response();
    expect([late.status, code(late.body)]).toEqual([504, 'deadline-over']);
    expect(rig.gateway.stats().edges[0]?.reasons).toEqual({ DT: 1 });
  });

  it('without any limit nothing is said of one', async () => {
    const rig = await GatewayRig.open();
    const only = await instance(rig, 1);
    await (await rig.client()).send(get()).response();
    expect(only.timeouts).toEqual([undefined]);
  });
});

describe('limits', () => {
  it('so many at once; the next wait in order, the rest are refused, and every place is given back', async () => {
    const rig = await GatewayRig.open({}, words({ limit: { inFlight: 1, queue: 1 } }));
    const only = await instance(rig, 1);
    let open = (): void => {};
    only.gate = new Promise((resolve) => {
      open = resolve;
    });
    const [first, second, third] = [await rig.client(), await rig.client(), await rig.client()];
    first.send(get());
    await expect.poll(() => only.met).toBe(1);
    second.send(get());
    await expect.poll(() => rig.gateway.stats().edges[0]?.serviceLimit).toMatchObject({ inside: 1, waiting: 1 });
    const refused = await third.send(get()).response();
    expect([refused.status, code(refused.body)]).toEqual([503, 'limit-reached']);
    expect(only.met).toBe(1);
    open();
    for (const client of [first, second]) expect((await client.response()).status).toBe(200);
    expect(rig.gateway.stats().edges[0]).toMatchObject({ serviceLimit: { inside: 0, waiting: 0 }, reasons: { OV: 1 } });
  });

  it('that of a service holds for all its callers together, one of a route beside it', async () => {
    const table = words({ limit: { inFlight: 2, queue: 1 } });
    const narrow = route('app', '/narrow', { policy: { limit: { inFlight: 1, queue: 1 } } });
    const rig = await GatewayRig.open({}, { ...table, routes: [route('app', '/'), narrow] });
    const only = await instance(rig, 1);
    let open = (): void => {};
    only.gate = new Promise((resolve) => {
      open = resolve;
    });
    const inside = (): number => only.met;
    const [web, first, second, third] = [
      await rig.client(rig.edgePort),
      await rig.client(),
      await rig.client(),
      await rig.client(),
    ];
    web.send(get());
    await expect.poll(inside).toBe(1);
    first.send(get('/narrow'));
    await expect.poll(inside).toBe(2);
    // The route's own is met first; the service's place would be free for neither.
    second.send(get('/narrow'));
    third.send(get());
    await expect
      .poll(() => rig.gateway.stats().edges.map(({ caller, inFlight }) => [caller, inFlight]))
      .toEqual(
        expect.arrayContaining([
          ['web', 1],
          ['client', 3],
        ]),
      );
    const refused = await (await rig.client(rig.edgePort)).send(get()).response();
    expect([refused.status, code(refused.body), only.met]).toEqual([503, 'limit-reached', 2]);
    open();
    for (const client of [web, first, second, third]) expect((await client.response()).status).toBe(200);
    expect(only.met).toBe(4);
    for (const edge of rig.gateway.stats().edges) expect(edge.serviceLimit).toMatchObject({ inside: 0, waiting: 0 });
  });

  it('who is let in at the limit of its route finds the place that was left at that of the service', async () => {
    const narrow = route('app', '/', { policy: { limit: { inFlight: 1, queue: 1 } } });
    const rig = await GatewayRig.open({}, { ...words({ limit: { inFlight: 1, queue: 0 } }), routes: [narrow] });
    const backend = await rig.backend();
    const [first, second] = [await rig.client(), await rig.client()];
    first.send(get('/1'));
    const upstream = await backend.connection();
    await upstream.head();
    second.send(get('/2'));
    await expect.poll(() => rig.gateway.stats().edges[0]?.inFlight).toBe(2);
    upstream.send(answer());
    expect((await first.response()).status).toBe(200);
    expect((await upstream.head()).line).toBe('GET /2 HTTP/1.1');
    upstream.send(answer());
    expect((await second.response()).status).toBe(200);
  });

  it('that of an edge and that of the service are told apart', async () => {
    const callers = { web: { limit: { inFlight: 3, queue: 2 } } };
    const rig = await GatewayRig.open({}, { policies: { [APP]: { own: { limit: { inFlight: 9 } }, callers } } });
    const backend = await rig.backend();
    const [web, client] = [await rig.client(rig.edgePort), await rig.client()];
    web.send(get());
    client.send(get());
    const upstreams = [await backend.connection(), await backend.connection()];
    const serviceLimit = { inFlight: 9, inside: 2 };
    expect(rig.gateway.stats().edges).toMatchObject([
      { caller: 'web', limit: { inFlight: 3, queue: 2, inside: 1 }, serviceLimit },
      { caller: 'client', limit: null, serviceLimit },
    ]);
    for (const upstream of upstreams) upstream.send(answer());
    for (const one of [web, client]) expect((await one.response()).status).toBe(200);
  });

  it('who leaves the queue takes no place', async () => {
    const rig = await GatewayRig.open({}, words({ limit: { inFlight: 1, queueMs: 60_000 } }));
    const backend = await rig.backend();
    const [first, second] = [await rig.client(), await rig.client()];
    first.send(get());
    const upstream = await backend.connection();
    await upstream.head();
    second.send(get());
    await expect.poll(() => rig.gateway.stats().edges[0]?.serviceLimit?.waiting).toBe(1);
    second.destroy();
    await expect.poll(() => rig.gateway.stats().edges[0]?.serviceLimit?.waiting).toBe(0);
    upstream.send(answer());
    await first.response();
    expect(rig.gateway.stats().edges[0]?.serviceLimit?.inside).toBe(0);
  });
});

describe('consistent hash', () => {
  const hashing = (key: NonNullable<PolicyWords['balancer']>['key']) =>
    words({ balancer: { kind: 'consistent-hash', ...(key && { key }) } });

  it.each([
    [{ by: 'header', name: 'x-user' }, (user: number) => `X-User: u${user}\r\n`],
    [{ by: 'cookie', name: 'sid' }, (user: number) => `Cookie: a=b; sid=u${user}; c=d\r\n`],
  ] as const)('by %o: the same value, the same instance', async (key, field) => {
    const rig = await GatewayRig.open({}, hashing(key));
    for (let replica = 1; replica <= 3; replica++) await instance(rig, replica);
    const client = await rig.client();
    const homes = new Set<string>();
    for (let user = 0; user < 12; user++) {
      const bodies = new Set<string>();
      for (let i = 0; i < 4; i++) bodies.add((await client.send(get(`/${i}`, field(user))).response()).body);
      expect(bodies.size).toBe(1);
      homes.add([...bodies][0]!);
    }
    expect(homes.size).toBeGreaterThan(1);
  });

  it('by source: one client, one instance', async () => {
    const rig = await GatewayRig.open({}, hashing({ by: 'source' }));
    for (let replica = 1; replica <= 3; replica++) await instance(rig, replica);
    const bodies = new Set<string>();
    for (let i = 0; i < 8; i++) bodies.add((await (await rig.client()).send(get(`/${i}`)).response()).body);
    expect(bodies.size).toBe(1);
  });
});

it('two choices: an instance that is much slower gets few requests, but some', async () => {
  const rig = await GatewayRig.open();
  const slow = await instance(rig, 1);
  slow.slowMs = 60;
  const quick = await instance(rig, 2);
  const client = await rig.client();
  for (let i = 0; i < 20; i++) await client.send(get()).response();
  expect(quick.met + slow.met).toBe(20);
  const before = slow.met;
  for (let i = 0; i < 200; i++) await client.send(get()).response();
  expect(slow.met - before).toBeLessThan(100);
});

it('an open circuit of a route outlives a new table that says the same of it', async () => {
  const breaker = { requests: 2, openMs: 60_000 };
  const table = (more: Partial<RouteTable> = {}): RouteTable => ({
    routes: [route('app', '/', { policy: { breaker: { ...breaker } } })],
    balancers: {},
    ...more,
  });
  const rig = await GatewayRig.open({}, table());
  const only = await instance(rig, 1);
  only.status = 500;
  const client = await rig.client();
  for (let i = 0; i < 2; i++) await client.send(get()).response();
  expect(rig.news).toMatchObject([{ type: 'breaker.opened', callee: 'app' }]);
  for (let i = 0; i < 3; i++)
    rig.gateway.setRoutes(table({ policies: { [APP]: { own: { limit: { queue: 9 } }, callers: {} } } }));
  const shut = await client.send(get()).response();
  expect([shut.status, code(shut.body), rig.news.length]).toEqual([503, 'circuit-open', 1]);
  expect(rig.gateway.stats().edges).toMatchObject([{ caller: 'client', requests: 3, status: { '5xx': 3 } }]);
  // Other words for it are a new circuit, and that is told.
  rig.gateway.setRoutes(table({ routes: [route('app', '/', { policy: { breaker: { ...breaker, requests: 5 } } })] }));
  expect((await client.send(get()).response()).status).toBe(500);
  expect(rig.news.at(-1)).toMatchObject({ type: 'breaker.closed', reason: 'definition' });
});

describe('a route with words of its own, from one table to the next', () => {
  const one = { limit: { inFlight: 1, queue: 1 } };
  const table = (policy: PolicyWords | null): RouteTable => ({
    routes: policy === null ? [route('app', '/other')] : [route('app', '/', { policy })],
    balancers: {},
  });

  async function begun(policy: PolicyWords) {
    const rig = await GatewayRig.open({}, table(policy));
    const backend = await rig.backend();
    const [first, second] = [await rig.client(), await rig.client()];
    first.send(get('/1'));
    const upstream = await backend.connection();
    await upstream.head();
    return { rig, backend, upstream, first, second };
  }

  it.each<[string, readonly (PolicyWords | null)[]]>([
    ['stays', [one, one, one]],
    ['goes and comes back', [null, null, one]],
  ])('that %s: who is inside is still counted', async (_what, tables) => {
    const { rig, backend, upstream, first, second } = await begun(one);
    for (const policy of tables) rig.gateway.setRoutes(table(policy));
    second.send(get('/2'));
    await expect.poll(() => rig.gateway.stats().edges[0]?.inFlight).toBe(2);
    upstream.send(answer());
    expect((await first.response()).status).toBe(200);
    // Over the connection that the first one has left.
    expect((await upstream.head()).line).toBe('GET /2 HTTP/1.1');
    expect(backend.connections).toHaveLength(1);
    upstream.send(answer());
    expect((await second.response()).status).toBe(200);
  });

  it.each<[string, number]>([
    ['open', 60_000],
    ['half-open', 0],
  ])('that goes while its circuit is %s: that it is closed is told', async (state, openMs) => {
    const breaker = { requests: 1, openMs };
    const { rig, upstream, first } = await begun({ breaker });
    upstream.send(answer('', '500 Internal Server Error'));
    await first.response();
    expect(rig.news).toMatchObject([{ type: 'breaker.opened', route: '/' }]);
    if (state === 'half-open') {
      first.send(get('/2'));
      await upstream.head();
    }
    rig.gateway.setRoutes(table({ breaker }));
    expect(rig.news).toHaveLength(1);
    rig.gateway.setRoutes(table(null));
    expect(rig.news.slice(1)).toMatchObject([{ type: 'breaker.closed', route: '/', reason: 'definition' }]);
  });

  it('what fails there after it has gone opens no circuit', async () => {
    const { rig, upstream, first } = await begun({ breaker: { requests: 1 } });
    rig.gateway.setRoutes(table(null));
    upstream.send(answer('', '500 Internal Server Error'));
    expect((await first.response()).status).toBe(500);
    expect(rig.news).toEqual([]);
  });

  it('other words hold at once, before the next request', async () => {
    const { rig, upstream, first } = await begun({ breaker: { requests: 1, openMs: 60_000 } });
    upstream.send(answer('', '500 Internal Server Error'));
    await first.response();
    rig.gateway.setRoutes(table({ breaker: { requests: 9 } }));
    expect(rig.news.slice(1)).toMatchObject([{ type: 'breaker.closed', route: '/', reason: 'definition' }]);
  });
});
