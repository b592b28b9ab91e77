-- One finished order, so that the first page a newcomer sees is not empty.
INSERT INTO orders (id, customer, card, items, total_cents, state) VALUES
  ('ord-welcome', 'Ada', '•••• 1111', '[{"product":"teapot","quantity":1}]', 3900, 'shipped');
