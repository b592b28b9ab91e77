-- msvc:if database
-- Applied once, before the first replica of the version that has it. Do not change it later: add 002_something.sql.
CREATE TABLE runs (
  id INTEGER PRIMARY KEY,
  at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
  outcome TEXT NOT NULL
) STRICT;
-- msvc:end
