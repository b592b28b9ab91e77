import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Turns } from '../../../src/registry/consul/turns.ts';

/** Works off so many, and tells how many in each turn of the event loop in which there were any. */
async function worked(count: number, work: () => void): Promise<{ order: number[]; perTurn: number[] }> {
  const order: number[] = [];
  const turns = new Turns<number>((item) => {
    work();
    order.push(item);
  });
  for (let item = 0; item < count; item++) turns.add(item);
  const perTurn: number[] = [];
  let before = 0;
  while (before < count) {
    if (order.length > before) perTurn.push(order.length - before);
    before = order.length;
    await nextTurn();
  }
  return { order, perTurn };
}

test('many that cost nothing are spread over turns, in the order they came', async () => {
  const { order, perTurn } = await worked(1_000, () => {});
  expect(order).toEqual(Array.from({ length: 1_000 }, (_, item) => item));
  expect(perTurn.length).toBeGreaterThan(30);
  expect(Math.max(...perTurn)).toBeLessThan(40);
});

test('of those that cost much there is one a turn', async () => {
  const { perTurn } = await worked(5, () => {
    const until = performance.now() + 3;
    while (performance.now() < until);
  });
  expect(perTurn).toEqual([1, 1, 1, 1, 1]);
});

test('one that comes while others wait comes behind them, and one alone is served at once', async () => {
  const order: number[] = [];
  const turns = new Turns<number>((item) => order.push(item));
  turns.add(-1);
  expect(order).toEqual([-1]);
  for (let item = 0; item < 100; item++) turns.add(item);
  expect(order.length).toBeLessThan(101);
  turns.add(100);
  while (order.length < 102) await nextTurn();
  expect(order).toEqual(Array.from({ length: 102 }, (_, at) => at - 1));
});

test('a timer and a socket get their turn between two shares, however long a share takes', async () => {
  const server = createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  await once(client, 'connect');
  const log: string[] = [];
  client.on('data', () => log.push('echo'));
  const all = new Promise<void>((resolve) => {
    const turns = new Turns<number>((item) => {
      const until = performance.now() + 5;
      while (performance.now() < until);
      log.push(`item ${item}`);
      if (item === 0) {
        client.write('x');
        setTimeout(() => log.push('timer'), 1);
      }
      if (item === 9) resolve();
    });
    for (let item = 0; item < 10; item++) turns.add(item);
  });
  await all;
  client.destroy();
  server.close();
  await once(server, 'close');
  expect(log.indexOf('timer')).toBeLessThan(log.indexOf('item 4'));
  expect(log.indexOf('timer')).toBeGreaterThan(0);
  expect(log.indexOf('echo')).toBeLessThan(log.indexOf('item 6'));
  expect(log.indexOf('echo')).toBeGreaterThan(0);
});
