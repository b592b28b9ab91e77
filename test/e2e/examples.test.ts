/** The systems in examples/ and the demo at the root, as a newcomer runs them: copied out, started, used, stopped. */
import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { REPOSITORY } from '../rig/cli.ts';
import { fetchOnce } from '../rig/http.ts';
import { createRig, type Rig } from '../rig/msvc-rig.ts';
import { eventually } from '../rig/wait.ts';

interface Order {
  readonly id: string;
  readonly state: string;
  readonly reason: string | null;
  readonly totalCents: number;
}

interface Problem {
  readonly title: string;
  readonly order: string;
}

/** @param below folder of the repository that becomes the project's folder */
async function rigOf(below: string, paths: readonly string[]): Promise<Rig> {
  const from = path.join(REPOSITORY, below);
  const listed = execFileSync('git', ['ls-files', '-z', '--', ...paths], { cwd: from, encoding: 'utf8' }).split('\0');
  const files = listed.filter((file) => file !== '');
  const rig = await createRig(
    Object.fromEntries(files.map((file) => [file, readFileSync(path.join(from, file), 'utf8')])),
  );
  for (const file of files.filter((name) => name.endsWith('.sh'))) chmodSync(rig.path(file), 0o755);
  return rig;
}

async function shop(): Promise<Rig> {
  const rig = await rigOf('.', ['msvc.yaml', 'examples/shop']);
  // As after `npm ci`.
  symlinkSync(path.join(REPOSITORY, 'node_modules'), rig.path('node_modules'));
  rig.expectFile('node_modules');
  await rig.up();
  return rig;
}

function order(rig: Rig, product: string, more: { card?: string; key?: string } = {}) {
  return rig.get('/api/orders', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(more.key !== undefined && { 'idempotency-key': more.key }) },
    body: JSON.stringify({
      customer: 'Ada',
      card: more.card ?? '4111 1111 1111 1111',
      items: [{ product, quantity: 1 }],
    }),
  });
}

async function stockOf(rig: Rig, product: string): Promise<number> {
  return (await rig.get(`/api/catalog/products/${product}`)).json<{ stock: number }>().stock;
}

async function rows(rig: Rig, service: string, sql: string): Promise<unknown[]> {
  return (await rig.ok(['db', 'query', service, sql, '--json'])).json<unknown[]>();
}

test('the shop: an order reaches three services and three databases, and is followed until it is shipped', async () => {
  await using rig = await shop();
  const placed = await order(rig, 'teapot', { key: 'once' });
  expect(placed.status, placed.body).toBe(201);
  const { id, state, totalCents } = placed.json<Order>();
  expect([state, totalCents]).toEqual(['paid', 3900]);
  expect((await order(rig, 'teapot', { key: 'once' })).json<Order>().id).toBe(id);

  const stream = await rig.get(`/api/orders/${id}/events`);
  const states = [...stream.body.matchAll(/"state":"(\w+)"/g)].map((match) => match[1]);
  expect(states).toEqual(['placed', 'reserved', 'paid', 'shipped']);
  expect(stream.body).toContain('event: end');

  expect(await rows(rig, 'orders', `SELECT state FROM orders WHERE id = '${id}'`)).toEqual([{ state: 'shipped' }]);
  expect(await rows(rig, 'catalog', 'SELECT id, state FROM reservations')).toEqual([{ id, state: 'held' }]);
  expect(await rows(rig, 'payments', 'SELECT id, amount_cents FROM charges')).toEqual([{ id, amount_cents: 3900 }]);
});

test('the shop: the page and all that it needs come through the gateway, from more than one replica', async () => {
  await using rig = await shop();
  const page = await rig.get('/');
  expect([page.status, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
  const links = [...page.body.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map((match) => match[1] as string);
  expect(links.length).toBeGreaterThanOrEqual(3);
  for (const link of [...links, '/api.js', '/views.js', '/products.svg'])
    expect((await rig.get(link)).status, link).toBe(200);
  expect(page.body).not.toMatch(/https?:\/\//);

  const replicas = new Set<unknown>();
  await eventually('an answer of both replicas', async () => {
    replicas.add((await rig.get('/api/catalog/products')).headers['x-msvc-replica']);
    return replicas.size === 2;
  });
  expect([...replicas].sort()).toEqual(['catalog.1', 'catalog.2']);
});

test('the shop: payments is reached by who declares the call, and by nobody from outside', async () => {
  await using rig = await shop();
  const outside = await rig.get('/charges', { method: 'POST', body: '{}' });
  expect(outside.headers['x-msvc-replica']).not.toContain('payments');
  expect(outside.status).toBe(404);
});

test('the shop: a declined card and an empty shelf are problems, and the stock is put back', async () => {
  await using rig = await shop();
  const before = await stockOf(rig, 'lamp');
  const declined = await order(rig, 'lamp', { card: '4000 0000 0000 0002' });
  expect([declined.status, declined.json<Problem>().title]).toEqual([402, 'card-declined']);
  expect(declined.headers['content-type']).toBe('application/problem+json');
  expect(await stockOf(rig, 'lamp')).toBe(before);

  for (let left = await stockOf(rig, 'puzzle'); left > 0; left--) expect((await order(rig, 'puzzle')).status).toBe(201);
  expect((await order(rig, 'puzzle')).json<Problem>().title).toBe('out-of-stock');
  expect((await order(rig, 'unicorn')).status).toBe(422);
});

test('the shop: while payments is stopped an order waits to be undone, and is when payments is back', async () => {
  await using rig = await shop();
  const before = await stockOf(rig, 'plant');
  await rig.ok(['stop', 'payments']);
  const refused = await order(rig, 'plant');
  expect([refused.status, refused.json<Problem>().title]).toEqual([503, 'payments-unreachable']);
  const url = `/api/orders/${refused.json<Problem>().order}`;
  expect((await rig.get(url)).json<Order>().state).toBe('cancelling');
  expect(await stockOf(rig, 'plant')).toBe(before);
  await rig.ok(['start', 'payments']);
  await eventually('the order to be cancelled', async () => (await rig.get(url)).json<Order>().state === 'cancelled');
});

test('the shop: an order survives the death of the service that was working on it', async () => {
  await using rig = await shop();
  const { id, state } = (await order(rig, 'clock')).json<Order>();
  expect(state).toBe('paid');
  await rig.ok(['kill', 'orders']);
  await eventually('the order to be shipped', async () => {
    const reply = await rig.get(`/api/orders/${id}`);
    return reply.status === 200 && reply.json<Order>().state === 'shipped';
  });
});

test('the newcomer: three programs unaware of msvc find their ports and each other', async () => {
  await using rig = await rigOf('examples/newcomer', ['.']);
  await rig.up();
  expect((await rig.get('/status')).json()).toEqual({ up: true });
  const body = JSON.stringify({ from: 'ada', to: 'bo', amount: 5 });
  const transfer = await rig.get('/transfer', { method: 'POST', body });
  expect([transfer.status, Object.keys(transfer.json<object>())]).toEqual([200, ['ada', 'bo']]);
  expect((await rig.get('/total')).json<{ total: number }>().total).toBeGreaterThanOrEqual(200);

  const lines = await eventually('a line of the worker', async () => {
    const logs = await rig.logs('worker');
    return logs.some(({ line }) => line.startsWith('interest paid')) && logs;
  });
  expect(lines.every(({ service }) => service === 'worker')).toBe(true);
  const worker = (await rig.ps()).find(({ service }) => service === 'worker');
  expect(worker).toMatchObject({ port: null, state: 'ready' });

  const api = (await rig.ps()).find(({ service }) => service === 'api');
  expect((await fetchOnce(`http://127.0.0.1:${api?.port}/status`)).status).toBe(200);
});
