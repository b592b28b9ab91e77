-- msvc:if database
-- Applied once, before the first replica of the version that has it. Do not change it later: add 002_something.sql.
CREATE TABLE items (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
  quantity INTEGER NOT NULL CHECK (quantity BETWEEN 1 AND 1000),
  created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) STRICT;

CREATE INDEX items_by_creation ON items (created_at);
-- msvc:end
