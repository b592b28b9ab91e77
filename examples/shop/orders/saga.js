/**
 * One order is three local transactions in three databases, and no transaction spans them. So an order walks through
 * states, each written down before the next call, and every call may be repeated (its key is the order's id):
 *
 *   placed --reserve stock--> reserved --charge card--> paid --pack--> shipped
 *      \_______out of stock______\____declined, or no answer__ cancelling --undo both--> cancelled
 *
 * A crash between two steps loses nothing: `resume` takes up every unfinished order where it stands.
 */
import { call } from '../kit/client.js';
import { log } from '../kit/log.js';
import { Problem } from '../kit/problem.js';
import { traceOf } from '../kit/trace.js';
import { getOrder, move, unfinishedOrders } from './store.js';

const PACKING_MS = Number(process.env.PACKING_MS ?? 2500);
const RESUME_EVERY_MS = 5000;

/** Orders this process is working on, and its parcels being packed: `resume` leaves them alone, `stop` waits or forgets. */
const active = new Map();
const packing = new Map();

const STEPS = {
  placed: reserveStock,
  reserved: chargeCard,
  cancelling: undo,
};

/**
 * Takes an order as far as it gets at once: to `paid`, or to `cancelled`.
 * @returns {Promise<object>} the order in its new state; what goes wrong with a neighbour is a state, not an exception
 */
export function advance(order, trace) {
  const running = active.get(order.id) ?? walk(order, trace).finally(() => active.delete(order.id));
  active.set(order.id, running);
  return running;
}

async function walk(order, trace) {
  for (let step = STEPS[order.state]; step; step = STEPS[order.state]) {
    const before = order.state;
    order = await step(order, trace);
    log('info', `order ${order.id} ${before} -> ${order.state}`, { order: order.id, reason: order.reason });
    if (order.state === before) break;
  }
  if (order.state === 'paid') pack(order.id);
  return order;
}

async function reserveStock(order, trace) {
  try {
    const { status, body } = await call('catalog', 'POST', '/api/catalog/reservations', {
      trace,
      idempotencyKey: order.id,
      body: { items: order.items },
    });
    if (status >= 400) return move(order.id, 'placed', 'cancelling', { reason: body?.title ?? 'refused' });
    return move(order.id, 'placed', 'reserved', { totalCents: body.totalCents });
  } catch (error) {
    return move(order.id, 'placed', 'cancelling', { reason: reasonOf(error) });
  }
}

async function chargeCard(order, trace) {
  try {
    const { status, body } = await call('payments', 'POST', '/charges', {
      trace,
      idempotencyKey: order.id,
      body: { amountCents: order.totalCents, card: order.card, customer: order.customer },
    });
    if (status >= 400) return move(order.id, 'reserved', 'cancelling', { reason: body?.title ?? 'refused' });
    return move(order.id, 'reserved', 'paid');
  } catch (error) {
    return move(order.id, 'reserved', 'cancelling', { reason: reasonOf(error) });
  }
}

/**
 * Compensation. "No answer" does not mean "not done", so both sides are told to forget this order, whatever they did;
 * both remember the key and refuse a request that arrives late. Unreachable: stays `cancelling`, tried again later.
 */
async function undo(order, trace) {
  try {
    await call('catalog', 'DELETE', `/api/catalog/reservations/${order.id}`, { trace });
    await call('payments', 'DELETE', `/charges/${order.id}`, { trace });
    return move(order.id, 'cancelling', 'cancelled');
  } catch (error) {
    log('warn', `order ${order.id} cannot be undone yet`, { order: order.id, reason: reasonOf(error) });
    return getOrder(order.id);
  }
}

/** A parcel takes its time. If this process ends before, the next one packs again. */
function pack(id) {
  if (packing.has(id)) return;
  const done = () => {
    packing.delete(id);
    move(id, 'paid', 'shipped');
  };
  packing.set(id, setTimeout(done, PACKING_MS));
}

/** Takes up what a crash or a restart left unfinished; and again and again what waits for somebody unreachable. */
export function startResuming() {
  const resume = () => unfinishedOrders().forEach((order) => void start(order));
  resume();
  const timer = setInterval(resume, RESUME_EVERY_MS);
  return async function stop() {
    clearInterval(timer);
    for (const parcel of packing.values()) clearTimeout(parcel);
    await Promise.allSettled(active.values());
    for (const parcel of packing.values()) clearTimeout(parcel);
  };
}

/** `advance` for when nobody waits for the outcome: an unexpected error must not end the process. */
export async function start(order, trace = traceOf({})) {
  try {
    await advance(order, trace);
  } catch (error) {
    log('error', error.message, { order: order.id, stack: error.stack });
  }
}

function reasonOf(error) {
  if (error instanceof Problem) return error.type;
  throw error;
}
