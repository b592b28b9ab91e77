/** What the service offers over HTTP. Each handler gets a request and returns an answer, or throws a `Problem`. */
import { readFileSync } from 'node:fs';
import { createHandler } from './lib/http.js';
import { Problem } from './lib/problem.js';
// msvc:if calls
import { callPeer } from './lib/peers.js';
// msvc:end

const openapi = JSON.parse(readFileSync(new URL('openapi.json', import.meta.url), 'utf8'));

/** @param {{ store: ReturnType<typeof import('./store.js').openStore> }} parts */
export function createApp({ store }) {
  return createHandler({
    'GET /healthz': () => {
      store.ping();
      return { body: { status: 'ok' } };
    },
    'GET __PATH__/openapi.json': () => ({ body: openapi }),
// msvc:if calls
    // How the services that this one calls are: an example of a call over a declared edge.
    'GET __PATH__/peers': async ({ trace }) => ({
      body: Object.fromEntries(await Promise.all(PEERS.map(async (name) => [name, await peer(name, trace)]))),
    }),
// msvc:end
    'GET __URL__': ({ query }) => ({ body: { items: store.list(limitOf(query)) } }),
    'POST __URL__': ({ body }) => {
      const item = store.add(validItem(body));
      return { status: 201, headers: { location: `__PATH__/${item.id}` }, body: item };
    },
    'GET __PATH__/:id': ({ params }) => ({ body: found(store.get(params.id), params.id) }),
    'DELETE __PATH__/:id': ({ params }) => {
      found(store.remove(params.id), params.id);
      return { status: 204 };
    },
  });
}

// msvc:if calls
const PEERS = [
// msvc:each calls
  '__CALLEE__',
// msvc:end
];

async function peer(name, trace) {
  const { status } = await callPeer(name, 'GET', '/healthz', { trace });
  return { status };
}

// msvc:end
function found(item, id) {
  if (!item) throw new Problem(404, 'unknown-item', `there is no item ${id}`);
  return item;
}

function limitOf(query) {
  const limit = Number(query.get('limit') ?? 20);
  if (!Number.isInteger(limit) || limit < 1 || limit > 100) {
    throw new Problem(400, 'invalid-limit', 'limit must be a whole number from 1 to 100');
  }
  return limit;
}

/** All mistakes at once, each with the field it is about. */
function validItem(body) {
  const errors = [];
  const name = typeof body?.name === 'string' ? body.name.trim() : '';
  if (name === '' || name.length > 100) errors.push({ field: 'name', detail: 'must be a text of 1 to 100 characters' });
  const { quantity } = body ?? {};
  if (!Number.isInteger(quantity) || quantity < 1 || quantity > 1000) {
    errors.push({ field: 'quantity', detail: 'must be a whole number from 1 to 1000' });
  }
  if (errors.length > 0) throw new Problem(422, 'invalid-item', 'the item is not valid', { errors });
  return { name, quantity };
}
