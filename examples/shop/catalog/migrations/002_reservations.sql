-- One row for each order that ever asked for stock. The id is the caller's idempotency key: asking twice takes once.
CREATE TABLE reservations (
  id         TEXT PRIMARY KEY,
  state      TEXT NOT NULL CHECK (state IN ('held', 'released')),
  created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) STRICT;

CREATE TABLE reservation_items (
  reservation_id TEXT NOT NULL REFERENCES reservations (id) ON DELETE CASCADE,
  product_id     TEXT NOT NULL REFERENCES products (id),
  quantity       INTEGER NOT NULL CHECK (quantity > 0),
  PRIMARY KEY (reservation_id, product_id)
) STRICT, WITHOUT ROWID;
