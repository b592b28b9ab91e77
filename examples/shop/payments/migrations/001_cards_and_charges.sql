-- What the card company would know. `*` stands for every card that is not listed.
CREATE TABLE cards (
  last_four   TEXT PRIMARY KEY,
  limit_cents INTEGER NOT NULL CHECK (limit_cents >= 0),
  note        TEXT NOT NULL
) STRICT;

-- The id is the caller's idempotency key: charging twice charges once.
CREATE TABLE charges (
  id           TEXT PRIMARY KEY,
  amount_cents INTEGER NOT NULL CHECK (amount_cents >= 0),
  card         TEXT NOT NULL,
  customer     TEXT NOT NULL,
  state        TEXT NOT NULL CHECK (state IN ('captured', 'declined', 'voided')),
  created_at   TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) STRICT;
