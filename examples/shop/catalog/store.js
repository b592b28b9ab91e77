/**
 * Products and reservations: the only code that touches catalog's tables. Each function is one transaction, and
 * better-sqlite3 is synchronous, so no other request of this replica can come between its statements; `IMMEDIATE`
 * holds off the other replicas.
 */
import { openDatabase } from '../kit/database.js';
import { Problem } from '../kit/problem.js';

const db = openDatabase();
const sql = {
  one: db.prepare('SELECT 1'),
  products: db.prepare(
    'SELECT id, name, description, hue, price_cents AS priceCents, stock FROM products ORDER BY rowid',
  ),
  product: db.prepare('SELECT id, name, description, hue, price_cents AS priceCents, stock FROM products WHERE id = ?'),
  take: db.prepare('UPDATE products SET stock = stock - ? WHERE id = ? AND stock >= ?'),
  giveBack: db.prepare(
    `UPDATE products SET stock = stock + i.quantity FROM reservation_items i
     WHERE i.reservation_id = ? AND i.product_id = products.id`,
  ),
  reservation: db.prepare('SELECT id, state FROM reservations WHERE id = ?'),
  items: db.prepare(
    `SELECT i.product_id AS product, i.quantity, p.name, p.price_cents AS priceCents
     FROM reservation_items i JOIN products p ON p.id = i.product_id WHERE i.reservation_id = ? ORDER BY p.id`,
  ),
  insert: db.prepare('INSERT INTO reservations (id, state) VALUES (?, ?)'),
  insertItem: db.prepare('INSERT INTO reservation_items (reservation_id, product_id, quantity) VALUES (?, ?, ?)'),
  release: db.prepare("UPDATE reservations SET state = 'released' WHERE id = ?"),
};

export const listProducts = () => sql.products.all();

export function getProduct(id) {
  const product = sql.product.get(id);
  if (!product) throw new Problem(404, 'unknown-product', `there is no product ${id}`, { product: id });
  return product;
}

/**
 * Takes the stock of all items, or of none.
 * @returns {{ created: boolean, reservation: object }} `created` false: this id had asked before and got the same
 */
export const reserve = db.transaction((id, items) => {
  const before = sql.reservation.get(id);
  if (before?.state === 'released') {
    throw new Problem(409, 'reservation-released', 'this reservation was released before', { reservation: id });
  }
  if (before) {
    if (!sameItems(sql.items.all(id), items)) {
      throw new Problem(422, 'idempotency-key-reused', 'this key was used for other items', { reservation: id });
    }
    return { created: false, reservation: describe(id) };
  }
  sql.insert.run(id, 'held');
  for (const { product, quantity } of items) {
    const { name, stock } = getProduct(product);
    if (sql.take.run(quantity, product, quantity).changes === 0) {
      throw new Problem(409, 'out-of-stock', `only ${stock} of ${name} left`, { product, stock, wanted: quantity });
    }
    sql.insertItem.run(id, product, quantity);
  }
  return { created: true, reservation: describe(id) };
}).immediate;

/** Puts the stock back, once. An id never seen is remembered as released, so that a late `reserve` cannot take any. */
export const release = db.transaction((id) => {
  const before = sql.reservation.get(id);
  if (!before) sql.insert.run(id, 'released');
  if (before?.state !== 'held') return;
  sql.giveBack.run(id);
  sql.release.run(id);
}).immediate;

export const ping = () => void sql.one.get();
export const close = () => db.close();

function describe(id) {
  const items = sql.items.all(id);
  const totalCents = items.reduce((sum, item) => sum + item.priceCents * item.quantity, 0);
  return { id, ...sql.reservation.get(id), items, totalCents };
}

function sameItems(stored, wanted) {
  const quantities = new Map(wanted.map(({ product, quantity }) => [product, quantity]));
  return stored.length === quantities.size && stored.every((item) => quantities.get(item.product) === item.quantity);
}
