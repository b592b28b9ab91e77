/** The circuit breaker, by its clock and on the way of real requests. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { expect, it } from 'vitest';
import { ADMITTED, Breaker, type BreakerChange, ON_TRIAL, TURNED_AWAY } from '../../../src/gateway/services/breaker.ts';
import { DEFAULT_POLICY } from '../../../src/model/policy.ts';
import { APP, GatewayRig, get, onCleanup } from './rig/gateway-rig.ts';

const POLICY = DEFAULT_POLICY.breaker!;

function breaker(policy: Partial<typeof POLICY> = {}) {
  const changes: BreakerChange[] = [];
  return { changes, circuit: new Breaker({ ...POLICY, ...policy }, (change) => changes.push(change)) };
}

it('opens at half of twenty within ten seconds, and not before', () => {
  const { circuit, changes } = breaker();
  for (let i = 0; i < 10; i++) circuit.succeeded(1000, ADMITTED);
  for (let i = 0; i < 9; i++) circuit.failed(1000, ADMITTED);
  expect(circuit.stats.state).toBe('closed');
  circuit.failed(1000, ADMITTED);
  expect(changes).toEqual([{ opened: true, failures: 10, requests: 20, again: false }]);
  expect(circuit.admit(1001)).toBe(TURNED_AWAY);
  expect(circuit.stats).toEqual({ state: 'open', opened: 1, rejected: 1 });
});

it('what left the window does not count', () => {
  const { circuit } = breaker();
  for (let i = 0; i < 15; i++) circuit.failed(1000, ADMITTED);
  for (let i = 0; i < 15; i++) circuit.failed(11_500, ADMITTED);
  expect(circuit.stats.state).toBe('closed');
  for (let i = 0; i < 5; i++) circuit.failed(12_500, ADMITTED);
  expect(circuit.stats.state).toBe('open');
});

it('half-open lets one through at a time: its success closes, its failure opens again', () => {
  const { circuit, changes } = breaker({ requests: 1 });
  circuit.failed(1000, ADMITTED);
  expect(circuit.admit(5999)).toBe(TURNED_AWAY);
  expect(circuit.admit(6000)).toBe(ON_TRIAL);
  expect(circuit.admit(6001)).toBe(TURNED_AWAY);
  circuit.failed(6002, ON_TRIAL);
  expect(changes.at(-1)).toMatchObject({ opened: true, again: true });
  expect(circuit.admit(11_003)).toBe(ON_TRIAL);
  circuit.abandoned(ON_TRIAL);
  expect(circuit.admit(11_004)).toBe(ON_TRIAL);
  circuit.succeeded(11_005, ON_TRIAL);
  expect(changes.at(-1)).toMatchObject({ opened: false });
  expect(circuit.admit(11_006)).toBe(ADMITTED);
});

/** An instance that answers with whatever status it is told. */
async function instance(rig: GatewayRig, replica = 1) {
  const told = { status: 500, met: 0 };
  const server = createServer((_request, response) => {
    told.met++;
    response.writeHead(told.status).end(`r${replica}`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onCleanup(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as { port: number };
  rig.put(port, replica);
  return { told, port };
}

const table = (breaker: object) => ({
  policies: { [APP]: { own: { breaker, ejection: null }, callers: {} } },
});

it('turns requests away while it is open, lets one try, and closes', async () => {
  const rig = await GatewayRig.open({}, table({ requests: 5, openMs: 1_500 }));
  const { told } = await instance(rig);
  const client = await rig.client(rig.edgePort);
  for (let i = 0; i < 5; i++) expect((await client.send(get()).response()).body).toBe('r1');
  const refused = await client.send(get()).response();
  expect(refused.status).toBe(503);
  expect(refused.fields.get('retry-after')).toEqual(['2']);
  expect(JSON.parse(refused.body).msvc).toMatchObject({ code: 'circuit-open', service: 'app', attempts: 0 });
  expect(told.met).toBe(5);
  told.status = 200;
  // Another caller's circuit is another one.
  expect((await (await rig.client()).send(get()).response()).status).toBe(200);
  await expect.poll(async () => (await client.send(get()).response()).status).toBe(200);
  const edge = rig.gateway.stats().edges.find(({ caller }) => caller === 'web')!;
  expect(edge.breaker).toMatchObject({ state: 'closed', opened: 1 });
  expect(edge.reasons.UO).toBe(edge.breaker!.rejected);
  expect(rig.news.map(({ type }) => type)).toEqual(['breaker.opened', 'breaker.closed']);
  expect(rig.news[0]).toMatchObject({ caller: 'web', callee: 'app', failures: 5, requests: 5, openMs: 1_500 });
});

it('a new instance that becomes ready starts with a closed circuit', async () => {
  const rig = await GatewayRig.open({}, table({ requests: 2, openMs: 60_000 }));
  const { told } = await instance(rig);
  const client = await rig.client(rig.edgePort);
  for (let i = 0; i < 2; i++) await client.send(get()).response();
  expect((await client.send(get()).response()).status).toBe(503);
  const fresh = await instance(rig, 2);
  told.status = fresh.told.status = 200;
  expect((await client.send(get()).response()).status).toBe(200);
  expect(rig.news.at(-1)).toMatchObject({ type: 'breaker.closed', reason: 'ready' });
});

it('while no instance is ready requests wait, whatever the circuit', async () => {
  const rig = await GatewayRig.open({}, table({ requests: 1, openMs: 60_000 }));
  const { port, told } = await instance(rig);
  const client = await rig.client(rig.edgePort);
  await client.send(get()).response();
  rig.put(port, 1, 'draining');
  client.send(get());
  await expect.poll(() => rig.gateway.stats().edges.find(({ caller }) => caller === 'web')?.parked).toBe(1);
  told.status = 200;
  rig.put(port, 1);
  expect((await client.response()).status).toBe(200);
});

it('no breaker where it is switched off', async () => {
  const rig = await GatewayRig.open({}, { policies: { [APP]: { own: { breaker: null }, callers: {} } } });
  await instance(rig);
  const client = await rig.client(rig.edgePort);
  for (let i = 0; i < 40; i++) expect((await client.send(get()).response()).status).toBe(500);
});

it('words of one edge hold for that edge alone', async () => {
  const rig = await GatewayRig.open(
    {},
    {
      policies: { [APP]: { own: { breaker: null }, callers: { web: { breaker: { requests: 1, openMs: 60_000 } } } } },
    },
  );
  await instance(rig);
  const [edge, outside] = [await rig.client(rig.edgePort), await rig.client()];
  for (const client of [edge, outside]) expect((await client.send(get()).response()).status).toBe(500);
  expect((await edge.send(get()).response()).status).toBe(503);
  expect((await outside.send(get()).response()).status).toBe(500);
});
