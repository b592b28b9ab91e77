/** The job without its loop: `node --test`. */
import assert from 'node:assert/strict';
// msvc:if calls
import { createServer } from 'node:http';
import { once } from 'node:events';
// msvc:end
import { test } from 'node:test';
import { createJob } from '../job.js';

test('it counts its runs', async () => {
// msvc:if calls
  const peer = createServer((_req, res) => res.end('{}'));
  peer.listen(0, '127.0.0.1');
  await once(peer, 'listening');
// msvc:each calls
  process.env.__CALLEE_ENV___URL = `http://127.0.0.1:${peer.address().port}`;
// msvc:end
// msvc:end
  const job = createJob(undefined);
  const { signal } = new AbortController();
  assert.equal((await job.run(signal)).runs, 1);
  assert.equal((await job.run(signal)).runs, 2);
  job.close();
// msvc:if calls
  peer.close();
  peer.closeAllConnections();
// msvc:end
});
