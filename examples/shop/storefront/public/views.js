/** What the page draws: functions from data to elements. They hold no state and make no request. */
const euro = new Intl.NumberFormat('en-IE', { style: 'currency', currency: 'EUR' });
export const price = (cents) => euro.format(cents / 100);

const PATH = ['placed', 'reserved', 'paid', 'shipped'];
const REASONS = {
  'card-declined': 'The card was declined, the stock is back on the shelf',
  'out-of-stock': 'Somebody was faster: not enough in stock',
  'payments-unreachable': 'Payments gave no answer, the order is undone',
  'catalog-unreachable': 'Catalog gave no answer, the order is undone',
};

/** `el('p', { class: 'x' }, 'text', child)`; texts are never read as HTML. */
export function el(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
    else if (typeof value === 'boolean') element.toggleAttribute(key, value);
    else element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
}

export function productCard(product, inBasket, add) {
  const left = product.stock - inBasket;
  const stock = left <= 0 ? 'None left' : left <= 5 ? `Only ${left} left` : `${left} in stock`;
  return el(
    'li',
    { class: 'product', style: `--hue: ${product.hue}` },
    picture(product.id),
    el('h3', {}, product.name),
    el('p', { class: 'muted' }, product.description),
    el(
      'div',
      { class: 'buy' },
      el(
        'div',
        {},
        el('strong', {}, price(product.priceCents)),
        el('small', { class: left <= 5 ? 'scarce' : '' }, stock),
      ),
      el(
        'button',
        {
          type: 'button',
          disabled: left <= 0,
          'aria-label': `Add ${product.name}`,
          'data-product': product.id,
          onclick: add,
        },
        'Add',
      ),
    ),
  );
}

/** A drawing from `products.svg`; the name beside it says what it is. */
function picture(id) {
  const space = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(space, 'svg');
  const use = document.createElementNS(space, 'use');
  use.setAttribute('href', `/products.svg#${id}`);
  svg.append(use);
  return el('div', { class: 'picture', 'aria-hidden': 'true' }, svg);
}

export function basketLine(product, quantity, change) {
  const step = (by, sign, words) =>
    el('button', { type: 'button', class: 'step', 'aria-label': words, onclick: () => change(by) }, sign);
  return el(
    'li',
    {},
    el('span', {}, product.name),
    el(
      'span',
      { class: 'quantity' },
      step(-1, '−', `One ${product.name} less`),
      el('b', {}, String(quantity)),
      step(1, '+', `One ${product.name} more`),
    ),
    el('span', { class: 'amount' }, price(product.priceCents * quantity)),
  );
}

export function orderCard(order) {
  const lost = order.state === 'cancelling' || order.state === 'cancelled';
  const reached = lost ? -1 : PATH.indexOf(order.state);
  const what = order.items.map((item) => `${item.quantity} × ${item.product}`).join(', ');
  const steps = PATH.map((state, index) =>
    el('li', { class: index <= reached ? 'done' : '', ...(index === reached && { 'aria-current': 'step' }) }, state),
  );
  return el(
    'li',
    { class: lost ? 'order lost' : 'order' },
    el('div', { class: 'row' }, el('strong', {}, what), el('code', {}, order.id)),
    lost
      ? el('p', { class: 'outcome' }, `${order.state}: ${REASONS[order.reason] ?? order.reason ?? ''}`)
      : el('ol', { class: 'steps' }, ...steps),
  );
}

export function wireLine({ method, path, status, replica, ms }) {
  return el(
    'li',
    {},
    el('span', { class: status < 400 ? 'status' : 'status bad' }, String(status)),
    el('span', { class: 'target' }, `${method} ${path.split('?')[0]}`),
    el('span', { class: 'replica' }, replica),
    el('span', { class: 'ms' }, `${ms} ms`),
  );
}

export function shareBar(replica, count, most) {
  return el(
    'li',
    {},
    el('span', { class: 'replica' }, replica),
    el('span', { class: 'bar', style: `--share: ${count / most}` }),
    el('b', {}, String(count)),
  );
}
