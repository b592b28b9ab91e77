/** The page's state and what happens on a click. Drawing is in `views.js`, talking in `api.js`. */
import { follow, observe, request } from './api.js';
import { basketLine, orderCard, price, productCard, shareBar, wireLine } from './views.js';

const $ = (id) => document.getElementById(id);
const WIRE_LINES = 8;

let products = [];
const basket = new Map();
const orders = new Map();
const answers = [];
const shares = new Map();
/** One for each order a person means to place: pressing twice, or a repeated request, makes one order. */
let orderKey = crypto.randomUUID();

observe((answer) => {
  answers.unshift(answer);
  answers.length = Math.min(answers.length, WIRE_LINES);
  shares.set(answer.replica, (shares.get(answer.replica) ?? 0) + 1);
  $('wire').replaceChildren(...answers.map(wireLine));
  const most = Math.max(...shares.values());
  $('shares').replaceChildren(...[...shares].sort().map(([replica, count]) => shareBar(replica, count, most)));
});

async function loadProducts() {
  products = await request('GET', '/api/catalog/products');
  $('products').setAttribute('aria-busy', 'false');
  draw();
}

async function loadOrders() {
  for (const order of (await request('GET', '/api/orders?limit=5')).reverse()) track(order);
}

function change(id, by) {
  const quantity = (basket.get(id) ?? 0) + by;
  const { stock } = products.find((product) => product.id === id);
  if (quantity <= 0) basket.delete(id);
  else basket.set(id, Math.min(quantity, stock));
  orderKey = crypto.randomUUID();
  draw();
}

function draw() {
  const focused = document.activeElement?.dataset?.product;
  $('products').replaceChildren(
    ...products.map((product) => productCard(product, basket.get(product.id) ?? 0, () => change(product.id, 1))),
  );
  if (focused) document.querySelector(`[data-product="${focused}"]`)?.focus();
  const lines = products.filter((product) => basket.has(product.id));
  $('lines').replaceChildren(
    ...lines.map((product) => basketLine(product, basket.get(product.id), (by) => change(product.id, by))),
  );
  const count = [...basket.values()].reduce((sum, quantity) => sum + quantity, 0);
  $('count').textContent = String(count);
  $('empty').hidden = count > 0;
  $('order').disabled = count === 0;
  $('total').textContent = price(lines.reduce((sum, product) => sum + product.priceCents * basket.get(product.id), 0));
}

/** Shows an order and, while it is under way, follows it. */
function track(order) {
  const known = orders.has(order.id);
  orders.set(order.id, order);
  $('orders').replaceChildren(...[...orders.values()].reverse().slice(0, 5).map(orderCard));
  if (known || order.state === 'shipped' || order.state === 'cancelled') return;
  follow(order.id, ({ state, reason }) => {
    track({ ...orders.get(order.id), state, reason });
    if (state === 'reserved' || state === 'cancelled') attempt(loadProducts);
  });
}

async function placeOrder(event) {
  event.preventDefault();
  const form = new FormData($('basket'));
  const order = await request('POST', '/api/orders', {
    headers: { 'idempotency-key': orderKey, prefer: 'respond-async' },
    body: {
      customer: form.get('customer'),
      card: form.get('card'),
      items: [...basket].map(([product, quantity]) => ({ product, quantity })),
    },
  });
  basket.clear();
  orderKey = crypto.randomUUID();
  draw();
  track(order);
}

async function attempt(action, ...given) {
  $('error').hidden = true;
  try {
    await action(...given);
  } catch (error) {
    $('error').textContent = error.message;
    $('error').hidden = false;
  }
}

$('basket').addEventListener('submit', (event) => {
  event.preventDefault();
  attempt(placeOrder, event);
});
$('refresh').addEventListener('click', () => attempt(loadProducts));
attempt(loadProducts);
attempt(loadOrders);
