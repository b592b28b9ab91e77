/** The service without a socket, with its data in memory: `npm test`. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createApp } from '../src/app.ts';
import { type Item, openStore } from '../src/store.ts';

const app = createApp(openStore());
const post = (body: string) => app.request('__URL__', { method: 'POST', body });

test('it is healthy', async () => {
  const response = await app.request('/healthz');
  assert.equal(response.status, 200);
  assert.deepEqual(await response.json(), { status: 'ok' });
});

test('an item is made, found, listed and removed', async () => {
  const made = await post(JSON.stringify({ name: ' Teapot ', quantity: 2 }));
  assert.equal(made.status, 201);
  const item = (await made.json()) as Item;
  assert.equal(item.name, 'Teapot');
  assert.equal(made.headers.get('location'), `__PATH__/${item.id}`);
  assert.deepEqual(await (await app.request(`__PATH__/${item.id}`)).json(), item);
  assert.deepEqual(await (await app.request('__URL__?limit=1')).json(), { items: [item] });
  assert.equal((await app.request(`__PATH__/${item.id}`, { method: 'DELETE' })).status, 204);
  assert.equal((await app.request(`__PATH__/${item.id}`)).status, 404);
});

test('mistakes are answered as problems', async () => {
  const invalid = await post(JSON.stringify({ name: '', quantity: 0 }));
  assert.equal(invalid.status, 422);
  assert.equal(invalid.headers.get('content-type'), 'application/problem+json');
  const problem = (await invalid.json()) as { type: string; errors: { field: string }[] };
  assert.equal(problem.type, '/problems/invalid-item');
  assert.deepEqual(problem.errors.map(({ field }) => field), ['name', 'quantity']);
  assert.equal((await post('{')).status, 400);
  assert.equal((await post(JSON.stringify({ name: 'x'.repeat(70_000) }))).status, 413);
  assert.equal((await app.request('__URL__?limit=many')).status, 400);
  assert.equal((await app.request('/nowhere/at/all')).status, 404);
  const wrong = await app.request('__URL__', { method: 'PATCH' });
  assert.equal(wrong.status, 405);
  assert.equal(wrong.headers.get('allow'), 'GET, POST');
});

test('a request keeps its id', async () => {
  const response = await app.request('/healthz', { headers: { 'x-request-id': 'abc' } });
  assert.equal(response.headers.get('x-request-id'), 'abc');
});
