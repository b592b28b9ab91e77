// msvc:if database
/**
 * The items in this service's own SQLite file: the only code that touches its tables. msvc makes the file, in WAL mode,
 * and applies `migrations/` before the first replica starts.
 */
import { randomUUID } from 'node:crypto';
import { openDatabase } from './lib/database.js';

const COLUMNS = 'id, name, quantity, created_at AS createdAt';

/** @param {string} [path] a file that msvc has prepared; without one the data lives in memory (the unit tests) */
export function openStore(path = process.env.DATABASE_PATH) {
  const db = openDatabase(path);
  const list = db.prepare(`SELECT ${COLUMNS} FROM items ORDER BY created_at DESC, rowid DESC LIMIT ?`);
  const get = db.prepare(`SELECT ${COLUMNS} FROM items WHERE id = ?`);
  const add = db.prepare('INSERT INTO items (id, name, quantity) VALUES (?, ?, ?)');
  const remove = db.prepare('DELETE FROM items WHERE id = ?');
  return {
    list: (limit) => list.all(limit),
    get: (id) => get.get(id),
    add({ name, quantity }) {
      const id = randomUUID();
      add.run(id, name, quantity);
      return get.get(id);
    },
    /** @returns whether it was there */
    remove: (id) => Number(remove.run(id).changes) > 0,
    /** Throws when the database cannot be read. */
    ping: () => void get.get(''),
    close: () => db.close(),
  };
}
// msvc:end
// msvc:unless database
/**
 * The items, in memory: gone when the service stops, and each replica has its own. To keep them, give the service
 * `database: { migrations: migrations }` in msvc.yaml and open $DATABASE_PATH here.
 */
import { randomUUID } from 'node:crypto';

export function openStore() {
  const items = new Map();
  return {
    list: (limit) => [...items.values()].reverse().slice(0, limit),
    get: (id) => items.get(id),
    add({ name, quantity }) {
      const item = { id: randomUUID(), name, quantity, createdAt: new Date().toISOString() };
      items.set(item.id, item);
      return item;
    },
    /** @returns whether it was there */
    remove: (id) => items.delete(id),
    ping: () => {},
    close: () => {},
  };
}
// msvc:end
