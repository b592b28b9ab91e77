"""The items in this service's own SQLite file: the only code that touches its tables.

msvc makes the file, in WAL mode, and applies migrations/ before the first replica starts. Without a path (the unit
tests, or a service without `database` in msvc.yaml) the data lives in memory.
"""
import sqlite3
import threading
import uuid
from pathlib import Path

COLUMNS = "id, name, quantity, created_at AS createdAt"
MIGRATIONS = Path(__file__).with_name("migrations")


class Store:
    def __init__(self, path=None):
        # One connection for all threads, behind a lock: transactions here are short.
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path or ":memory:", isolation_level=None, check_same_thread=False)
        self._db.row_factory = sqlite3.Row
        # These belong to a connection, not to the file. Replicas share the file: a writer waits for another's short
        # transaction instead of failing at once.
        self._db.execute("PRAGMA busy_timeout = 5000")
        self._db.execute("PRAGMA foreign_keys = ON")
        self._db.execute("PRAGMA synchronous = NORMAL")
        if path is None:
            for migration in sorted(MIGRATIONS.glob("*.sql")):
                self._db.executescript(migration.read_text("utf-8"))

    def list(self, limit):
        return self._rows(f"SELECT {COLUMNS} FROM items ORDER BY created_at DESC, rowid DESC LIMIT ?", limit)

    def get(self, id):
        return next(iter(self._rows(f"SELECT {COLUMNS} FROM items WHERE id = ?", id)), None)

    def add(self, name, quantity):
        id = str(uuid.uuid4())
        self._rows("INSERT INTO items (id, name, quantity) VALUES (?, ?, ?)", id, name, quantity)
        return self.get(id)

    def remove(self, id):
        """Returns whether it was there."""
        with self._lock:
            return self._db.execute("DELETE FROM items WHERE id = ?", (id,)).rowcount > 0

    def ping(self):
        """Raises when the database cannot be read."""
        self.get("")

    def close(self):
        with self._lock:
            self._db.close()

    def _rows(self, sql, *values):
        with self._lock:
            return [dict(row) for row in self._db.execute(sql, values)]
