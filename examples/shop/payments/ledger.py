"""Charges in the service's own SQLite file: the only code that touches its tables.

msvc creates the file and applies the migrations before this service starts. Every call opens a connection of its own,
since a connection belongs to one thread, and sets what belongs to a connection: foreign keys and the busy timeout.
"""
import os
import sqlite3
from contextlib import closing, contextmanager


class Refused(Exception):
    """A charge that is not made: `kind` is a stable word, `status` the HTTP status it is answered with."""

    def __init__(self, status, kind, detail):
        super().__init__(detail)
        self.status = status
        self.kind = kind


@contextmanager
def _transaction():
    path = os.environ["DATABASE_PATH"]
    with closing(sqlite3.connect(path, timeout=5, isolation_level=None)) as db:
        db.row_factory = sqlite3.Row
        db.execute("PRAGMA foreign_keys = ON")
        db.execute("BEGIN IMMEDIATE")
        try:
            yield db
        except BaseException:
            db.execute("ROLLBACK")
            raise
        db.execute("COMMIT")


def ping():
    with _transaction() as db:
        db.execute("SELECT 1 FROM cards")


def charge(key, amount_cents, card, customer):
    """Returns (created, charge). Raises Refused for a declined card, a voided or reused key."""
    with _transaction() as db:
        before = _find(db, key)
        if before is None:
            state = "captured" if amount_cents <= _limit(db, card) else "declined"
            db.execute(
                "INSERT INTO charges (id, amount_cents, card, customer, state) VALUES (?, ?, ?, ?, ?)",
                (key, amount_cents, card, customer, state),
            )
        now = _find(db, key)
    if now["state"] == "declined":
        raise Refused(402, "card-declined", f"the card {card} was declined")
    if now["state"] == "voided":
        raise Refused(409, "charge-voided", f"the charge {key} was voided before")
    if (now["amountCents"], now["card"]) != (amount_cents, card):
        raise Refused(422, "idempotency-key-reused", "this key was used for another charge")
    return before is None, now


def void(key):
    """Undoes a charge, once. A key never seen is remembered as voided, so that a charge arriving late is refused."""
    with _transaction() as db:
        db.execute(
            "INSERT INTO charges (id, amount_cents, card, customer, state) VALUES (?, 0, '', '', 'voided')"
            " ON CONFLICT (id) DO UPDATE SET state = 'voided' WHERE state = 'captured'",
            (key,),
        )


def find(key):
    with _transaction() as db:
        return _find(db, key)


def _find(db, key):
    row = db.execute(
        "SELECT id, amount_cents AS amountCents, card, customer, state, created_at AS createdAt"
        " FROM charges WHERE id = ?",
        (key,),
    ).fetchone()
    return None if row is None else dict(row)


def _limit(db, card):
    row = db.execute(
        "SELECT limit_cents FROM cards WHERE last_four IN (?, '*') ORDER BY last_four = '*' LIMIT 1", (card[-4:],)
    ).fetchone()
    return row["limit_cents"]
