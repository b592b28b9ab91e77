CREATE TABLE products (
  id          TEXT PRIMARY KEY,
  name        TEXT NOT NULL,
  description TEXT NOT NULL,
  -- The colour that the page paints the product in.
  hue         INTEGER NOT NULL CHECK (hue BETWEEN 0 AND 359),
  price_cents INTEGER NOT NULL CHECK (price_cents > 0),
  stock       INTEGER NOT NULL CHECK (stock >= 0)
) STRICT;
