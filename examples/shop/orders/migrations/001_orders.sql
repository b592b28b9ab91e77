CREATE TABLE orders (
  id              TEXT PRIMARY KEY,
  -- The caller's Idempotency-Key: sending the same order twice makes one.
  idempotency_key TEXT UNIQUE,
  customer        TEXT NOT NULL,
  card            TEXT NOT NULL,
  items           TEXT NOT NULL CHECK (json_valid(items)),
  total_cents     INTEGER,
  state           TEXT NOT NULL
                  CHECK (state IN ('placed', 'reserved', 'paid', 'shipped', 'cancelling', 'cancelled')),
  -- Why it is not going to be delivered, as a problem's type; NULL while all is well.
  reason          TEXT,
  created_at      TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) STRICT;

CREATE INDEX orders_unfinished ON orders (state) WHERE state NOT IN ('shipped', 'cancelled');
