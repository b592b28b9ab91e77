/**
 * Opens the service's own SQLite file. msvc creates it, in WAL mode, and applies the migrations before the first
 * replica starts; foreign keys and the busy timeout belong to each connection, so they are set here.
 */
import Database from 'better-sqlite3';

export function openDatabase(path = process.env.DATABASE_PATH) {
  if (!path) throw new Error('DATABASE_PATH is not set: does the service have a database: in msvc.yaml?');
  const db = new Database(path, { fileMustExist: true });
  // Replicas share the file: a writer waits for another one's short transaction instead of failing at once.
  db.exec('PRAGMA busy_timeout = 5000');
  db.exec('PRAGMA foreign_keys = ON');
  // Safe with WAL against a crash of the process; only a power cut may lose the last commits.
  db.exec('PRAGMA synchronous = NORMAL');
  return db;
}
