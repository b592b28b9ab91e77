/**
 * The items in this service's own SQLite file: the only code that touches its tables. msvc makes the file, in WAL mode,
 * and applies `migrations/` before the first replica starts.
 */
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import Database from 'better-sqlite3';

const MIGRATIONS = new URL('../migrations/', import.meta.url);
const COLUMNS = 'id, name, quantity, created_at AS createdAt';

export interface NewItem {
  readonly name: string;
  readonly quantity: number;
}

export interface Item extends NewItem {
  readonly id: string;
  /** ISO 8601, UTC */
  readonly createdAt: string;
}

export type Store = ReturnType<typeof openStore>;

/** @param path a file that msvc has prepared; without one the data lives in memory, as the unit tests have it */
export function openStore(path?: string) {
  const db = open(path);
  const list = db.prepare<[number], Item>(`SELECT ${COLUMNS} FROM items ORDER BY created_at DESC, rowid DESC LIMIT ?`);
  const get = db.prepare<[string], Item>(`SELECT ${COLUMNS} FROM items WHERE id = ?`);
  const add = db.prepare<[string, string, number]>('INSERT INTO items (id, name, quantity) VALUES (?, ?, ?)');
  const remove = db.prepare<[string]>('DELETE FROM items WHERE id = ?');
  return {
    list: (limit: number): Item[] => list.all(limit),
    get: (id: string): Item | undefined => get.get(id),
    add({ name, quantity }: NewItem): Item {
      const id = randomUUID();
      add.run(id, name, quantity);
      return get.get(id) as Item;
    },
    /** @returns whether it was there */
    remove: (id: string): boolean => remove.run(id).changes > 0,
    /** Throws when the database cannot be read. */
    ping: (): void => void get.get(''),
    close: (): void => void db.close(),
  };
}

function open(path: string | undefined): Database.Database {
  const db = new Database(path ?? ':memory:', { fileMustExist: path !== undefined });
  // These belong to a connection, not to the file. Replicas share the file: a writer waits for another's short
  // transaction instead of failing at once.
  db.pragma('busy_timeout = 5000');
  db.pragma('foreign_keys = ON');
  db.pragma('synchronous = NORMAL');
  if (path === undefined) {
    const files = readdirSync(MIGRATIONS).filter((name) => name.endsWith('.sql'));
    for (const name of files.sort()) db.exec(readFileSync(new URL(name, MIGRATIONS), 'utf8'));
  }
  return db;
}
