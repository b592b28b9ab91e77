CREATE TABLE products (
  id          TEXT PRIMARY KEY,
  name        TEXT NOT NULL,
  description TEXT NOT NULL,
  -- What the page paints the product with; data, so that the page needs no picture files.
  glyph       TEXT NOT NULL,
  hue         INTEGER NOT NULL CHECK (hue BETWEEN 0 AND 359),
  price_cents INTEGER NOT NULL CHECK (price_cents > 0),
  stock       INTEGER NOT NULL CHECK (stock >= 0)
) STRICT;
