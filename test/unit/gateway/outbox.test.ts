import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Outbox } from '../../../src/gateway/outbox.ts';

function logged() {
  const log: string[] = [];
  return { log, outbox: new Outbox<string>((messages) => log.push(messages.join(' '))) };
}

test('the first of a turn does not wait for what stands in line for that turn already', async () => {
  const { log, outbox } = logged();
  setImmediate(() => log.push('long work'));
  outbox.add('a');
  outbox.add('b');
  expect(log).toEqual([]);
  await turn();
  expect(log).toEqual(['a b', 'long work']);
});

test('what settled promises add goes with it', async () => {
  const { log, outbox } = logged();
  outbox.add('a');
  void Promise.resolve()
    .then(() => {})
    .then(() => outbox.add('b'));
  await turn();
  expect(log).toEqual(['a b']);
});

test('those of many callbacks of a turn are two posts, in their order', async () => {
  const { log, outbox } = logged();
  await new Promise<void>((resolve) => {
    setImmediate(() => outbox.add('a'));
    for (const more of ['b', 'c', 'd']) setImmediate(() => outbox.add(more));
    setImmediate(resolve);
  });
  await turn();
  expect(log).toEqual(['a', 'b c d']);
  outbox.add('e');
  await turn();
  expect(log).toEqual(['a', 'b c d', 'e']);
});

test('flushed, it goes at once; dropped, never', async () => {
  const { log, outbox } = logged();
  outbox.add('a');
  outbox.flush();
  expect(log).toEqual(['a']);
  outbox.add('b');
  outbox.drop();
  await turn();
  expect(log).toEqual(['a']);
});
