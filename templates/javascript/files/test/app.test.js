/** The service over real HTTP, with its data in memory: `node --test`. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { createApp } from '../app.js';
import { openStore } from '../store.js';

const store = openStore(undefined);
const server = createServer(createApp({ store }));
let base;

before(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  base = `http://127.0.0.1:${server.address().port}`;
});

after(() => {
  server.close();
  server.closeAllConnections();
  store.close();
});

const post = (body) =>
  fetch(`${base}__URL__`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });

test('it is healthy', async () => {
  const response = await fetch(`${base}/healthz`);
  assert.equal(response.status, 200);
  assert.deepEqual(await response.json(), { status: 'ok' });
});

test('an item is made, found, listed and removed', async () => {
  const made = await post(JSON.stringify({ name: 'Teapot', quantity: 2 }));
  assert.equal(made.status, 201);
  const item = await made.json();
  assert.equal(made.headers.get('location'), `__PATH__/${item.id}`);
  assert.deepEqual(await (await fetch(`${base}__PATH__/${item.id}`)).json(), item);
  assert.deepEqual(await (await fetch(`${base}__URL__?limit=1`)).json(), { items: [item] });
  assert.equal((await fetch(`${base}__PATH__/${item.id}`, { method: 'DELETE' })).status, 204);
  assert.equal((await fetch(`${base}__PATH__/${item.id}`)).status, 404);
});

test('mistakes are answered as problems', async () => {
  const invalid = await post(JSON.stringify({ name: '', quantity: 0 }));
  assert.equal(invalid.status, 422);
  assert.equal(invalid.headers.get('content-type'), 'application/problem+json');
  const problem = await invalid.json();
  assert.equal(problem.type, '/problems/invalid-item');
  assert.deepEqual(problem.errors.map(({ field }) => field), ['name', 'quantity']);
  assert.equal((await post('{')).status, 400);
  assert.equal((await post(JSON.stringify({ name: 'x'.repeat(70_000) }))).status, 413);
  assert.equal((await fetch(`${base}__URL__?limit=many`)).status, 400);
  assert.equal((await fetch(`${base}/nowhere/at/all`)).status, 404);
  const wrong = await fetch(`${base}__URL__`, { method: 'PATCH' });
  assert.equal(wrong.status, 405);
  assert.equal(wrong.headers.get('allow'), 'GET, POST');
});

test('a request keeps its id', async () => {
  const response = await fetch(`${base}/healthz`, { headers: { 'x-request-id': 'abc' } });
  assert.equal(response.headers.get('x-request-id'), 'abc');
});
