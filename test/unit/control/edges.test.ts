import { expect, test } from 'vitest';
import { Edges } from '../../../src/control/edges.ts';
import type { Gateway } from '../../../src/gateway/gateway.ts';
import type { NewEvent } from '../../../src/model/event.ts';
import { serviceName } from '../../../src/model/names.ts';
import type { Project } from '../../../src/model/project.ts';
import type { PortLedger } from '../../../src/runtime/ports.ts';

/** Ports 1, 2, ... and what was asked of gateway and ledger, in order. */
function edges(refuse: (id: string) => Error | null = () => null) {
  const asked: string[] = [];
  const events: NewEvent[] = [];
  let last = 0;
  const ports = {
    claim: async (key: string) => {
      asked.push(`claim ${key}`);
      return ++last;
    },
    release: (port: number) => asked.push(`release ${port}`),
  } as unknown as PortLedger;
  const gateway = {
    listen: async ({ id, port }: { id: string; port: number }) => {
      const refused = refuse(id);
      if (refused) throw refused;
      asked.push(`listen ${id} ${port}`);
    },
    unlisten: async (id: string) => void asked.push(`unlisten ${id}`),
  } as unknown as Gateway;
  return { all: new Edges({ gateway, ports, emit: (event) => events.push(event) }), asked, events };
}

function projectOf(calls: Record<string, readonly string[]>): Project {
  const service = ([name, callees]: [string, readonly string[]]) => [
    name,
    { name: serviceName(name), calls: callees, run: { kind: 'process' }, protocol: 'http' },
  ];
  return { services: Object.fromEntries(Object.entries(calls).map(service)) } as unknown as Project;
}

const SHOP = { shop: ['catalog', 'orders'], orders: ['catalog'], catalog: [] };
const shop = { name: serviceName('shop'), calls: SHOP.shop.map(serviceName) };

test('foreseen edges listen before they are followed, once each, and are told of when they are', async () => {
  const { all, asked, events } = edges();
  all.foresee(projectOf(SHOP));
  await new Promise(setImmediate);
  expect(asked.filter((one) => one.startsWith('listen'))).toHaveLength(3);
  expect(events).toEqual([]);
  expect(all.around(shop).edges).toEqual({});
  const before = asked.length;
  await all.follow(projectOf(SHOP), null, null, 7);
  expect(asked.length).toBe(before);
  expect(events.map((event) => [event.type, event.cause])).toEqual(Array(3).fill(['edge.listening', 7]));
  expect(all.around(shop).edges).toEqual({ catalog: 1, orders: 2 });
});

test('what was foreseen of a definition that came to nothing is closed with the next one', async () => {
  const { all, asked, events } = edges();
  all.foresee(projectOf(SHOP));
  await all.follow(projectOf({ shop: ['orders'], orders: [] }), null, null, 1);
  expect(asked.slice(-4)).toEqual([
    'unlisten edge:shop>catalog',
    'release 1',
    'unlisten edge:orders>catalog',
    'release 3',
  ]);
  expect(events).toHaveLength(1);
});

test('of what goes wrong with a foreseen edge its following fails', async () => {
  const { all, asked } = edges((id) => (id === 'edge:orders>catalog' ? new Error('no more sockets') : null));
  all.foresee(projectOf(SHOP));
  await expect(all.follow(projectOf(SHOP), null, null, 1)).rejects.toThrow('no more sockets');
  expect(asked).toContain('release 3');
});
