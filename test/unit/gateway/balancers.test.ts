/** Each balancer by what it promises, and the budget for retries, the histogram and the clock they share. */
import { describe, expect, it } from 'vitest';
import { hash32 } from '../../../src/gateway/balancers/hash.ts';
import { BALANCERS, balancerOf } from '../../../src/gateway/balancers/index.ts';
import { Histogram } from '../../../src/gateway/counters/histogram.ts';
import { RetryBudget } from '../../../src/gateway/services/retry-budget.ts';

const endpoints = (...inFlight: number[]) =>
  inFlight.map((count, index) => ({
    id: `app.${index}@1`,
    hash: hash32(`app.${index}@1`),
    inFlight: count,
    latencyMs: 0,
    weight: 1,
  }));

describe.each(BALANCERS)('$kind', ({ create }) => {
  it('shares by weight', () => {
    const balancer = create();
    const list = endpoints(0, 0, 0).map((endpoint, i) => ({ ...endpoint, weight: [1, 3, 6][i]! }));
    const picked = Array.from({ length: 4_000 }, (_, i) => balancer.pickWeighted(list, `/${i}`).id);
    list.forEach(({ id, weight }) => {
      const share = picked.filter((other) => other === id).length / picked.length;
      expect(Math.abs(share - weight / 10), id).toBeLessThan(0.04);
    });
  });

  it('names the only one, whatever it weighs', () => {
    const list = endpoints(0).map((endpoint) => ({ ...endpoint, weight: 0.5 }));
    expect(create().pickWeighted(list, '/')).toBe(list[0]);
  });

  it('names one of the endpoints, also when there is but one, and when the list changes', () => {
    const balancer = create();
    for (const count of [1, 3, 2, 1, 5]) {
      const list = endpoints(...Array.from({ length: count }, () => 0));
      for (let i = 0; i < 20; i++) expect(list).toContain(balancer.pick(list, `/${i}`));
    }
  });
});

it('round robin: exactly even', () => {
  const balancer = balancerOf('round-robin').create();
  const list = endpoints(9, 0, 0);
  const picked = Array.from({ length: 30 }, () => balancer.pick(list, '').id);
  for (const { id } of list) expect(picked.filter((other) => other === id)).toHaveLength(10);
});

it('two choices: never the busiest of three, and both idle ones', () => {
  const balancer = balancerOf('two-choices').create();
  const list = endpoints(5, 0, 0);
  const picked = new Set(Array.from({ length: 200 }, () => balancer.pick(list, '').id));
  expect([...picked].sort()).toEqual(['app.1@1', 'app.2@1']);
});

describe('two choices among many', () => {
  const MANY = 300;
  const list = endpoints(...Array.from({ length: MANY }, () => 0));
  const picks = (balancer: ReturnType<(typeof BALANCERS)[number]['create']>, times: number): string[] =>
    Array.from({ length: times }, () => balancer.pick(list, '').id);

  it('for a while few of them get the requests, over the whole list all the same', () => {
    const balancer = balancerOf('two-choices').create();
    // Eight, and those that join them in 640 requests.
    expect(new Set(picks(balancer, 640)).size).toBeLessThanOrEqual(8 + 11);
    // Three times through the list: each of the 300 is in turn for the same number of requests, 192 of them its own.
    const all = picks(balancer, 3 * 64 * MANY);
    for (const { id } of list) {
      const count = all.filter((other) => other === id).length;
      expect(count, id).toBeGreaterThan(192 * 0.6);
      expect(count, id).toBeLessThan(192 * 1.4);
    }
  });

  it('no more are in use than there are requests at once, and a few', () => {
    const balancer = balancerOf('two-choices').create();
    const busy: typeof list = [];
    const used = new Set<string>();
    try {
      for (let i = 0; i < 1_280; i++) {
        const endpoint = balancer.pick(list, '');
        expect(endpoint.inFlight).toBe(0);
        endpoint.inFlight++;
        used.add(endpoint.id);
        busy.push(endpoint);
        // The one that has taken longest is done.
        if (busy.length === 32) busy.shift()!.inFlight--;
      }
    } finally {
      for (const endpoint of list) endpoint.inFlight = 0;
    }
    // Twenty join them in so many requests, and a look that begins at the eighth leaves some before it idle.
    expect(used.size).toBeLessThanOrEqual(32 + 8 + 21);
  });

  it('when the neighbours are busy all others are as good', () => {
    const balancer = balancerOf('two-choices').create();
    const busy = new Set(picks(balancer, 2_000));
    for (const endpoint of list) endpoint.inFlight = busy.has(endpoint.id) ? 1 : 0;
    const idle = list.filter(({ inFlight }) => inFlight === 0);
    try {
      // Whoever takes a request is busy from then on.
      for (let i = 0; i < MANY; i++) balancer.pick(list, '').inFlight++;
      expect(Math.max(...list.map(({ inFlight }) => inFlight))).toBeLessThanOrEqual(4);
      expect(idle.filter(({ inFlight }) => inFlight > 0).length).toBeGreaterThan(idle.length / 2);
    } finally {
      for (const endpoint of list) endpoint.inFlight = 0;
    }
  });

  it('a slow neighbour is passed over for a quick one', () => {
    const balancer = balancerOf('two-choices').create();
    const mixed = list.map((endpoint, i) => ({ ...endpoint, latencyMs: i % 2 === 0 ? 1 : 100 }));
    const slow = Array.from({ length: 4_000 }, () => balancer.pick(mixed, '')).filter(({ latencyMs }) => latencyMs > 1);
    // They would be half, and get one of 32 draws and what falls to those that are drawn time after time.
    expect(slow.length / 4_000).toBeGreaterThan(0.005);
    expect(slow.length / 4_000).toBeLessThan(0.15);
  });
});

it('least in flight: the idlest, in turn among equals', () => {
  const balancer = balancerOf('least-in-flight').create();
  const list = endpoints(2, 1, 3, 1);
  const picked = new Set(Array.from({ length: 8 }, () => balancer.pick(list, '').id));
  expect([...picked].sort()).toEqual(['app.1@1', 'app.3@1']);
});

it('consistent hash: the same path the same endpoint; when one goes only its paths move', () => {
  const balancer = balancerOf('consistent-hash').create();
  const list = endpoints(0, 0, 0, 0);
  const gone = list[2]!;
  const rest = list.filter((endpoint) => endpoint !== gone);
  const share = new Map<string, number>();
  for (let i = 0; i < 2000; i++) {
    const home = balancer.pick(list, `/item/${i}`);
    expect(balancer.pick(list, `/item/${i}`)).toBe(home);
    if (home !== gone) expect(balancer.pick(rest, `/item/${i}`)).toBe(home);
    share.set(home.id, (share.get(home.id) ?? 0) + 1);
  }
  for (const count of share.values()) expect(count).toBeGreaterThan(350);
});

it('the retry budget: ten a second, and a fifth of the requests', () => {
  const budget = new RetryBudget();
  const take = (now: number): number => {
    let taken = 0;
    while (budget.take(now)) taken++;
    return taken;
  };
  expect(take(1000)).toBe(10);
  expect(take(1000)).toBe(0);
  expect(take(1500)).toBe(5);
  for (let i = 0; i < 100; i++) budget.requested();
  expect(take(1500)).toBeGreaterThanOrEqual(19);
  expect(take(60_000)).toBe(10);
});

it('the histogram: percentiles within a bucket of a fifth', () => {
  const histogram = new Histogram();
  expect(histogram.percentile(0.5)).toBe(0);
  for (let ms = 1; ms <= 1000; ms++) histogram.record(ms);
  for (const [share, exact] of [
    [0.5, 500],
    [0.9, 900],
    [0.99, 990],
  ] as const) {
    const seen = histogram.percentile(share);
    expect(seen).toBeGreaterThanOrEqual(exact);
    expect(seen).toBeLessThan(exact * 1.26);
  }
  histogram.record(1e9);
  histogram.record(0);
});

it.each(['two-choices', 'least-in-flight'] as const)(
  '%s by weight: who is busy for its weight is passed over',
  (kind) => {
    const balancer = balancerOf(kind).create();
    const list = endpoints(9, 2).map((endpoint, i) => ({ ...endpoint, weight: [9, 1][i]! }));
    for (let i = 0; i < 100; i++) expect(balancer.pickWeighted(list, '')).toBe(list[0]);
  },
);
