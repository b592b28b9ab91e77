/** Rule 66: where the time went, as Server-Timing: of answers when it is asked for, of the gateway's own always. */
import { expect, it } from 'vitest';
import type { RouteTable } from '../../../src/gateway/protocol.ts';
import { parseList } from '../../rig/structured-field.ts';
import { answer, GatewayRig, get, route } from './rig/gateway-rig.ts';
import type { RawResponse } from './rig/raw-client.ts';

const table = (more: Partial<RouteTable> = {}): RouteTable => ({ routes: [route('app', '/')], balancers: {}, ...more });

/** Milliseconds by metric, of the gateway's own line, which is the last one. */
function timesOf({ fields }: RawResponse): Record<string, number> {
  const own = parseList(fields.get('server-timing')!.at(-1)!);
  return Object.fromEntries(own.map(({ value, parameters }) => [value, parameters.dur as number]));
}

it('rule 66: an answer says how long it was held back, connecting and waited for; beside what the service says', async () => {
  const rig = await GatewayRig.open({}, table({ serverTiming: true }));
  const client = await rig.client();
  client.send(get());
  await expect.poll(() => rig.gateway.stats().edges[0]?.parked).toBe(1);
  const backend = await rig.backend();
  const upstream = await backend.connection();
  await upstream.head();
  upstream.send(answer('ok', '200 OK', 'Server-Timing: db;dur=3\r\n'));
  const response = await client.response();
  expect(response.fields.get('server-timing')).toHaveLength(2);
  expect(response.fields.get('server-timing')![0]).toBe('db;dur=3');
  const times = timesOf(response);
  expect(Object.keys(times)).toEqual(['queue', 'connect', 'first-byte', 'total']);
  // It waited for its instance, and then for the connection to it: the one is part of the other.
  expect(times.queue).toBeGreaterThan(times.connect!);
  expect(times.queue! + times['first-byte']!).toBeLessThanOrEqual(times.total! + 0.02);

  client.send(get('/again'));
  await upstream.head();
  upstream.send(answer());
  expect(timesOf(await client.response()).connect).toBe(0);
});

it('rule 66: unless it is asked for an answer is as the service made it', async () => {
  const rig = await GatewayRig.open({}, table({ serverTiming: true }));
  const backend = await rig.backend();
  rig.gateway.setRoutes(table());
  const client = await rig.client();
  client.send(get());
  const upstream = await backend.connection();
  await upstream.head();
  upstream.send(answer('ok', '200 OK', 'Server-Timing: db;dur=3\r\n'));
  expect((await client.response()).fields.get('server-timing')).toEqual(['db;dur=3']);
});

it('rule 66: what the gateway answers itself always says it', async () => {
  const rig = await GatewayRig.open({ responseHeadMs: 100, parkMs: 150 });
  const client = await rig.client();
  const late = await client.send(get()).response();
  expect(late.status).toBe(503);
  expect(Object.keys(timesOf(late))).toEqual(['queue', 'connect', 'total']);
  expect(timesOf(late).queue).toBe(timesOf(late).total);

  const backend = await rig.backend();
  client.send(get());
  await (await backend.connection()).head();
  const slow = await client.response();
  expect(slow.status).toBe(504);
  expect(timesOf(slow).queue).toBeLessThan(timesOf(slow).total!);
});
