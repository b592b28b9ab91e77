INSERT INTO products (id, name, description, hue, price_cents, stock) VALUES
  ('teapot',  'Stoneware teapot',  'Holds four cups. Answers every request with 418.',  24,   3900, 25),
  ('lamp',    'Desk lamp',         'Warm light for long nights of debugging.',          46,   5400, 18),
  ('plant',   'Small fern',        'Grows without a restart.',                         138,   1900, 40),
  ('compass', 'Brass compass',     'Finds every service, wherever it listens.',        200,   7200, 12),
  ('yarn',    'Ball of yarn',      'Untangle it over a rainy weekend.',                330,    900, 600),
  ('clock',   'Travel clock',      'Jumps back one hour in autumn.',                     8,   2600, 30),
  ('puzzle',  'Wooden puzzle',     'Twelve pieces, loosely coupled.',                  262,   2200,  3),
  ('kite',    'Paper kite',        'Stays up when the wind does.',                     176,   1600, 22),
  ('piano',   'Grand piano',       'Costs more than the demo card may spend.',         226, 129900,  5);
