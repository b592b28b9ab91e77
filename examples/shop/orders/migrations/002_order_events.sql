-- Every step an order takes, in order. The id is what a browser sends back as Last-Event-ID to continue a stream.
CREATE TABLE order_events (
  id       INTEGER PRIMARY KEY AUTOINCREMENT,
  order_id TEXT NOT NULL REFERENCES orders (id),
  state    TEXT NOT NULL,
  reason   TEXT,
  at       TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) STRICT;

CREATE INDEX order_events_of ON order_events (order_id, id);

-- Written by the database, so that no code path can change a state without leaving its trace.
CREATE TRIGGER order_placed AFTER INSERT ON orders
BEGIN
  INSERT INTO order_events (order_id, state) VALUES (new.id, new.state);
END;

CREATE TRIGGER order_moved AFTER UPDATE OF state ON orders WHEN old.state <> new.state
BEGIN
  INSERT INTO order_events (order_id, state, reason) VALUES (new.id, new.state, new.reason);
END;
