/** Many blocking readers of one service, on sockets of their own: in which order they are answered, and what gets in between. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { Outbox } from '../../../src/gateway/outbox.ts';
import { instanceId, serviceName } from '../../../src/model/names.ts';
import { consul } from '../../../src/registry/consul/handler.ts';
import type { FaceHandler } from '../../../src/registry/http/face.ts';
import { openRegistryHttp } from '../../../src/registry/http/server.ts';
import { Registrations } from '../../../src/registry/registrations.ts';
import { type NewRow, Registry } from '../../../src/registry/registry.ts';

const MANY = 400;
const catalog = serviceName('catalog');
const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** Readers say who they are in a parameter that Consul does not look at. */
async function open() {
  const registry = new Registry();
  const registrations = new Registrations(registry, () => {});
  const face = consul({ registry, registrations, node: { name: 'shop', id: 'id' } });
  const log: string[] = [];
  let onAnswer = (_count: number): void => {};
  let answers = 0;
  const watched: FaceHandler = (request) => {
    const result = face.handle(request) as Exclude<ReturnType<FaceHandler>, Promise<unknown>>;
    if (typeof result !== 'function') return result;
    return (send) =>
      result((answer) => {
        log.push(`to ${request.query.get('as')}`);
        send(answer);
        onAnswer(++answers);
      });
  };
  const http = await openRegistryHttp({ port: 0, token: 'a token', handlers: [watched] });
  const sockets: Socket[] = [];
  cleanups.push(async () => {
    for (const socket of sockets) socket.destroy();
    await http.close();
    face.blocking.close();
    expect(face.blocking.readers).toBe(0);
  });
  const put = (port: number, state: NewRow['state'] = 'ready') =>
    registry.put({
      id: instanceId(catalog, 1, 1),
      service: catalog,
      replica: 1,
      host: '127.0.0.1',
      port,
      state,
    });
  put(1);
  const index = () => registry.versionOf('catalog') + 1;
  const ask = (socket: Socket, as: string | number, known = index()): void => {
    socket.write(
      `GET /v1/health/service/catalog?index=${known}&wait=5m&as=${as} HTTP/1.1\r\nHost: localhost\r\nX-Consul-Token: a token\r\n\r\n`,
    );
  };
  const reader = (): Socket => {
    const socket = connect({ port: http.port, host: '127.0.0.1', noDelay: true });
    sockets.push(socket.on('error', () => {}).resume());
    return socket;
  };
  /** Readers that wait in this order. */
  const wait = async (count: number): Promise<Socket[]> => {
    const all = Array.from({ length: count }, reader);
    await Promise.all(all.map((socket) => once(socket, 'connect')));
    for (const [i, socket] of all.entries()) {
      ask(socket, i);
      // As many turns as it takes: one connection may be read before another that was written to earlier.
      await expect.poll(() => face.blocking.readers, { interval: 0 }).toBe(i + 1);
    }
    return all;
  };
  return {
    ...{ registry, registrations, face, log, put, ask, reader, wait, index },
    setOnAnswer: (listener: (count: number) => void) => {
      onAnswer = listener;
    },
    answered: (count: number) => expect.poll(() => answers, { timeout: 20_000 }).toBe(count),
  };
}

const readersFrom = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => `to ${from + i}`);

test('all are answered in the order they came, over many turns of the event loop', async () => {
  const { log, put, wait, answered, setOnAnswer } = await open();
  await wait(MANY);
  let turn = 0;
  let over = false;
  const turns = new Map<number, number>();
  const count = (): void => {
    turn++;
    if (!over) setImmediate(count);
  };
  setOnAnswer((answers) => {
    turns.set(turn, (turns.get(turn) ?? 0) + 1);
    if (answers === 1) setImmediate(count);
    over = answers === MANY;
  });
  put(2);
  await answered(MANY);
  expect(log).toEqual(readersFrom(0, MANY));
  expect(turns.size).toBeGreaterThan(8);
  expect(Math.max(...turns.values())).toBeLessThan(MANY / 8);
});

test('a change while readers are answered is on its way to the gateway before the next of them', async () => {
  const { registry, log, put, wait, answered, setOnAnswer } = await open();
  await wait(MANY);
  const outbox = new Outbox<string>((messages) => log.push(`posted ${messages.join(' ')}`));
  registry.watch((change) => {
    if (change.type !== 'row') return;
    log.push(`port ${change.row.port}`);
    outbox.add(String(change.row.port));
  });
  setOnAnswer((count) => {
    // From whatever gets its turn between two slices: a timer, a socket.
    if (count === 40) setTimeout(() => put(3), 0);
  });
  put(2);
  await answered(MANY);
  expect(log.slice(0, 3)).toEqual(['port 2', 'posted 2', 'to 0']);
  const at = log.indexOf('port 3');
  expect(log[at + 1]).toBe('posted 3');
  expect(at).toBeGreaterThan(40);
  expect(at).toBeLessThan(log.length - MANY / 2);
});

test('one that comes back meanwhile with an old index is answered behind those that wait', async () => {
  const { log, put, wait, ask, answered, index, setOnAnswer } = await open();
  const sockets = await wait(MANY);
  const old = index();
  setOnAnswer((count) => {
    if (count === 1) ask(sockets[0]!, 'again', old);
  });
  put(2);
  await answered(MANY + 1);
  expect(log).toEqual([...readersFrom(0, MANY), 'to again']);
});

test('one that leaves while others are answered is passed over', async () => {
  const { face, log, put, wait, answered, setOnAnswer } = await open();
  const sockets = await wait(MANY);
  setOnAnswer((count) => {
    if (count === 1) sockets.at(-1)!.destroy();
  });
  put(2);
  await answered(MANY - 1);
  await expect.poll(() => face.blocking.readers).toBe(0);
  expect(log).toEqual(readersFrom(0, MANY - 1));
});

test('of two queries behind each other on one connection that goes, none is kept', async () => {
  const { face, reader, ask, put, log } = await open();
  const socket = reader();
  ask(socket, 'first');
  ask(socket, 'second');
  await expect.poll(() => face.blocking.readers).toBe(2);
  socket.destroy();
  await expect.poll(() => face.blocking.readers).toBe(0);
  put(2);
  expect(log).toEqual([]);
});

test('a connection stays after an answer, for the next query', async () => {
  const { face, reader, ask, put, answered } = await open();
  const socket = reader();
  let text = '';
  socket.on('data', (data: Buffer) => {
    text += data.toString('latin1');
  });
  ask(socket, 'one', 0);
  await answered(1);
  ask(socket, 'two');
  await expect.poll(() => face.blocking.readers).toBe(1);
  put(2);
  await answered(2);
  await expect.poll(() => text.match(/HTTP\/1.1 200 OK/g)?.length).toBe(2);
  expect(text).not.toMatch(/connection: close/i);
});

test('what a check says anew is in the next answer, though no index is', async () => {
  const { registrations, reader, ask } = await open();
  const check = { ttlMs: null, notes: '', deregisterAfterMs: null, status: 'passing' } as const;
  registrations.add({
    ...{
      id: 'ide',
      service: 'catalog',
      host: '127.0.0.1',
      port: 9,
      by: 'consul',
      replaces: false,
      tags: [],
      metadata: {},
    },
    ...{ weights: { passing: 1, warning: 1 }, checks: [{ ...check, id: 'ide', name: 'ide' }] },
  });
  const socket = reader();
  let text = '';
  socket.on('data', (data: Buffer) => {
    text += data.toString('latin1');
  });
  for (const output of ['all is well', 'all is still well']) {
    registrations.setCheck('ide', 'passing', output);
    ask(socket, 'one', 0);
    await expect.poll(() => text).toContain(`"Output":"${output}"`);
  }
});
