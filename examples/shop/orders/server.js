/**
 * Orders: takes an order, has its stock reserved by catalog and its card charged by payments, and tells how it goes.
 * What can go wrong in between, and how it is put right, is in `saga.js`.
 */
import { Problem } from '../kit/problem.js';
import { serve } from '../kit/service.js';
import { streamProgress } from './progress.js';
import { advance, start, startResuming } from './saga.js';
import { close, getOrder, history, latestOrders, ping, place } from './store.js';

/** What a cancelled order is answered with. */
const STATUS_OF = { 'out-of-stock': 409, 'unknown-product': 422, 'card-declined': 402 };

const stopResuming = startResuming();

serve({
  healthy: ping,
  close: async () => {
    await stopResuming();
    close();
  },
  routes: {
    'GET /api/orders': ({ query }) => ({ body: latestOrders(Math.min(Number(query.get('limit')) || 20, 100)) }),
    'GET /api/orders/:id': ({ params }) => ({ body: { ...getOrder(params.id), steps: history(params.id) } }),
    'GET /api/orders/:id/events': streamProgress,
    'POST /api/orders': async ({ headers, body, trace }) => {
      const { created, order } = place(validOrder(body), headers['idempotency-key']);
      const location = { location: `/api/orders/${order.id}` };
      // RFC 7240: the page would rather watch the progress than wait for its end.
      if (headers.prefer === 'respond-async') {
        void start(order, trace);
        return { status: 202, body: order, headers: { ...location, 'preference-applied': 'respond-async' } };
      }
      const done = await advance(order, trace);
      if (done.reason) throw notDelivered(done);
      return { status: created ? 201 : 200, body: done, headers: location };
    },
  },
});

function notDelivered({ id, state, reason }) {
  return new Problem(STATUS_OF[reason] ?? 503, reason, `order ${id} was not possible: ${reason}`, { order: id, state });
}

/** Keeps the last four digits of the card only: what is not stored cannot leak. */
function validOrder(body) {
  const errors = [];
  const items = Array.isArray(body?.items) ? body.items : [];
  const customer = typeof body?.customer === 'string' ? body.customer.trim() : '';
  const digits = typeof body?.card === 'string' ? body.card.replace(/[\s-]/g, '') : '';
  if (items.length === 0) errors.push('items must be a list of { product, quantity } with at least one entry');
  for (const [index, item] of items.entries()) {
    if (typeof item?.product !== 'string') errors.push(`items[${index}].product must be a text`);
    const fine = Number.isInteger(item?.quantity) && item.quantity >= 1 && item.quantity <= 99;
    if (!fine) errors.push(`items[${index}].quantity must be a whole number from 1 to 99`);
  }
  if (customer === '' || customer.length > 80) errors.push('customer must be a name of at most 80 characters');
  if (!/^\d{12,19}$/.test(digits)) errors.push('card must have 12 to 19 digits');
  if (errors.length > 0) throw new Problem(422, 'invalid-order', errors[0], { errors });
  return {
    customer,
    card: `•••• ${digits.slice(-4)}`,
    items: items.map(({ product, quantity }) => ({ product, quantity })),
  };
}
