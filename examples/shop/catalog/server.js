/**
 * The catalog: what can be bought, at which price, and how much of it is left. Runs as two replicas on one database.
 * The price of an order is decided here, when its stock is taken, and never by the caller.
 */
import { Problem } from '../kit/problem.js';
import { serve } from '../kit/service.js';
import { close, getProduct, listProducts, ping, release, reserve } from './store.js';

serve({
  healthy: ping,
  close,
  routes: {
    'GET /api/catalog/products': () => ({ body: listProducts() }),
    'GET /api/catalog/products/:id': ({ params }) => ({ body: getProduct(params.id) }),
    'POST /api/catalog/reservations': ({ headers, body }) => {
      const { created, reservation } = reserve(keyOf(headers), itemsOf(body));
      return { status: created ? 201 : 200, body: reservation };
    },
    'DELETE /api/catalog/reservations/:id': ({ params }) => {
      release(params.id);
      return { status: 204 };
    },
  },
});

function keyOf(headers) {
  const key = headers['idempotency-key'];
  if (!key) throw new Problem(400, 'idempotency-key-missing', 'a reservation needs an Idempotency-Key header');
  return key;
}

function itemsOf(body) {
  const items = body?.items;
  const valid = Array.isArray(items) && items.length > 0 && items.every(isItem);
  if (!valid) throw new Problem(422, 'invalid-items', 'items must be a list of { product, quantity }');
  const quantities = new Map();
  for (const { product, quantity } of items) quantities.set(product, (quantities.get(product) ?? 0) + quantity);
  return [...quantities].map(([product, quantity]) => ({ product, quantity }));
}

const isItem = (item) => typeof item?.product === 'string' && Number.isInteger(item.quantity) && item.quantity > 0;
