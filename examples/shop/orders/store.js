/**
 * Orders and their history: the only code that touches the tables of this service. A state only moves from the one it
 * is expected in (`move`), so two replicas that work on one order can never both make the same step.
 */
import { randomUUID } from 'node:crypto';
import { openDatabase } from '../kit/database.js';
import { Problem } from '../kit/problem.js';

const db = openDatabase();
const COLUMNS = 'id, customer, card, items, total_cents AS totalCents, state, reason, created_at AS createdAt';
const sql = {
  one: db.prepare('SELECT 1'),
  byKey: db.prepare(`SELECT ${COLUMNS} FROM orders WHERE idempotency_key = ?`),
  byId: db.prepare(`SELECT ${COLUMNS} FROM orders WHERE id = ?`),
  latest: db.prepare(`SELECT ${COLUMNS} FROM orders ORDER BY created_at DESC, rowid DESC LIMIT ?`),
  unfinished: db.prepare(`SELECT ${COLUMNS} FROM orders WHERE state NOT IN ('shipped', 'cancelled')`),
  insert: db.prepare(
    `INSERT INTO orders (id, idempotency_key, customer, card, items, state) VALUES (?, ?, ?, ?, ?, 'placed')`,
  ),
  move: db.prepare(
    `UPDATE orders SET state = @to, reason = coalesce(@reason, reason), total_cents = coalesce(@totalCents, total_cents)
     WHERE id = @id AND state = @from`,
  ),
  history: db.prepare('SELECT id, state, reason, at FROM order_events WHERE order_id = ? AND id > ? ORDER BY id'),
};

/** @returns {{ created: boolean, order: object }} */
export const place = db.transaction(({ customer, card, items }, idempotencyKey) => {
  const before = idempotencyKey && sql.byKey.get(idempotencyKey);
  if (before) return { created: false, order: read(before) };
  const id = `ord-${randomUUID().slice(0, 8)}`;
  sql.insert.run(id, idempotencyKey ?? null, customer, card, JSON.stringify(items));
  return { created: true, order: getOrder(id) };
}).immediate;

export function getOrder(id) {
  const row = sql.byId.get(id);
  if (!row) throw new Problem(404, 'unknown-order', `there is no order ${id}`, { order: id });
  return read(row);
}

/** Does nothing when the order is not (or no longer) in state `from`. @returns the order as it is now */
export function move(id, from, to, { reason = null, totalCents = null } = {}) {
  sql.move.run({ id, from, to, reason, totalCents });
  return getOrder(id);
}

export const latestOrders = (limit) => sql.latest.all(limit).map(read);
export const unfinishedOrders = () => sql.unfinished.all().map(read);

/** The steps after the one with id `after`. */
export const history = (id, after = 0) => sql.history.all(id, after);

export const ping = () => void sql.one.get();
export const close = () => db.close();

const read = (row) => ({ ...row, items: JSON.parse(row.items) });
