INSERT INTO cards (last_four, limit_cents, note) VALUES
  ('*',    100000, 'any card may spend 1000.00 at once'),
  ('0002',      0, 'the test card that is always declined');
