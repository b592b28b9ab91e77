/** The site over real HTTP: `node --test`. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { createSite } from '../site.js';

const server = createServer(createSite(new URL('../public/', import.meta.url)));
let base;

before(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  base = `http://127.0.0.1:${server.address().port}`;
});

after(() => {
  server.close();
  server.closeAllConnections();
});

test('the page is there, and is not sent twice', async () => {
  const page = await fetch(`${base}__PATH__/`);
  assert.equal(page.status, 200);
  assert.match(page.headers.get('content-type'), /^text\/html/);
  assert.match(await page.text(), /<h1>__TITLE__<\/h1>/);
  const again = await fetch(`${base}__PATH__/`, { headers: { 'if-none-match': page.headers.get('etag') } });
  assert.equal(again.status, 304);
});

test('it is healthy, and other files are there with their types', async () => {
  assert.equal((await fetch(`${base}/healthz`)).status, 200);
  assert.match((await fetch(`${base}__PATH__/style.css`)).headers.get('content-type'), /^text\/css/);
});

test('what is not there, or not possible, is a problem', async () => {
  for (const path of ['__PATH__/nothing', '__PATH__/../server.js', '__PATH__/%2e%2e/server.js', '__PATH__/%zz']) {
    const response = await fetch(`${base}${path}`);
    assert.equal(response.status, 404);
    assert.equal(response.headers.get('content-type'), 'application/problem+json');
  }
  assert.equal((await fetch(`${base}__PATH__/`, { method: 'POST' })).status, 405);
});
