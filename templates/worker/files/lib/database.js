// msvc:if database
/**
 * SQLite as Node brings it (22.13 and newer); on an older Node, better-sqlite3 if it is installed. Both speak the same
 * language as far as this service uses it.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const MIGRATIONS = new URL('../migrations/', import.meta.url);

/** @param {string} [path] without one, a database in memory with the migrations applied */
export function openDatabase(path) {
  const db = open(path ?? ':memory:');
  // These belong to a connection, not to the file. Replicas share the file: a writer waits for another's short
  // transaction instead of failing at once.
  db.exec('PRAGMA busy_timeout = 5000; PRAGMA foreign_keys = ON; PRAGMA synchronous = NORMAL');
  if (path === undefined) for (const sql of migrations()) db.exec(sql);
  return db;
}

function open(path) {
  let missing;
  try {
    const { DatabaseSync } = require('node:sqlite');
    return new DatabaseSync(path);
  } catch (error) {
    if (error.code !== 'ERR_UNKNOWN_BUILTIN_MODULE') throw error;
    missing = error;
  }
  try {
    return new (require('better-sqlite3'))(path);
  } catch (error) {
    if (error.code !== 'MODULE_NOT_FOUND') throw error;
    throw new Error(`Node ${process.versions.node} has no SQLite: use 22.13 or newer, or npm install better-sqlite3`, {
      cause: missing,
    });
  }
}

function* migrations() {
  for (const name of readdirSync(MIGRATIONS).sort()) {
    if (name.endsWith('.sql')) yield readFileSync(new URL(name, MIGRATIONS), 'utf8');
  }
}
// msvc:end
