/** Which checks run and in which order, by properties; and how values are filled in. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fillVariables, type Json, type SmokeCheck, type SmokeStep, variablesIn } from '../../../src/model/smoke.ts';
import { givenBy, neededBy, select, shuffled } from '../../../src/smoke/plan.ts';

const place = { file: '/msvc.yaml', line: 1, column: 1 };

function check(name: string, gives: readonly string[], needs: readonly string[]): SmokeCheck {
  return {
    kind: 'check',
    name,
    action: {
      kind: 'request',
      method: 'GET',
      url: `/${needs.map((need) => `{{${need}}}`).join('/')}`,
      query: {},
      headers: {},
      body: { kind: 'none' },
      timeoutMs: 1000,
    },
    expect: { status: [], headers: {}, jsonpath: {} },
    capture: Object.fromEntries(gives.map((give) => [give, { from: 'body' }])),
    during: [],
    withFault: [],
    place,
  };
}

/** Each step gives a value of its own and needs some of those before it. */
const suites = fc
  .array(fc.array(fc.nat(20), { maxLength: 3 }), { minLength: 1, maxLength: 12 })
  .map((needs) =>
    needs.map((of, i): SmokeStep => check(`check ${i}`, [`v${i}`], i === 0 ? [] : of.map((n) => `v${n % i}`))),
  );

const isOrdered = (steps: readonly SmokeStep[]): boolean =>
  steps.every((step, i) => {
    const before = new Set(steps.slice(0, i).flatMap(givenBy));
    return [...neededBy(step)].every((name) => before.has(name));
  });

test('a shuffled suite has the same checks, and each after those it needs; the same seed, the same order', () => {
  fc.assert(
    fc.property(suites, fc.nat(), (steps, seed) => {
      const order = shuffled(steps, seed);
      expect([...order].sort((a, b) => steps.indexOf(a) - steps.indexOf(b))).toEqual(steps);
      expect(isOrdered(order)).toBe(true);
      expect(shuffled(steps, seed)).toEqual(order);
    }),
  );
});

test('a shuffle really changes the order', () => {
  const steps = Array.from({ length: 8 }, (_, i) => check(`check ${i}`, [], []));
  const orders = new Set(
    Array.from({ length: 20 }, (_, seed) =>
      shuffled(steps, seed)
        .map(({ name }) => name)
        .join(),
    ),
  );
  expect(orders.size).toBeGreaterThan(15);
});

test('what is selected by name brings what it needs, and keeps the order', () => {
  fc.assert(
    fc.property(suites, fc.nat(11), (steps, n) => {
      const chosen = select(steps, [`CHECK ${n % steps.length}`]);
      expect(chosen).toContain(steps[n % steps.length]);
      expect(isOrdered(chosen)).toBe(true);
      expect(chosen).toEqual(steps.filter((step) => chosen.includes(step)));
    }),
  );
  expect(select([check('a', [], [])], ['b'])).toEqual([]);
});

test('values: the whole text becomes the value itself, a part of it its text', () => {
  const values = new Map<string, Json>(Object.entries({ id: 7, name: 'Ada', list: [1] }));
  const filled = fillVariables({ id: '{{id}}', '{{name}}': ['{{ name }}!', '{{list}}', '{{other}}'], n: 1 }, values);
  expect(filled).toEqual({ id: 7, Ada: ['Ada!', [1], '{{other}}'], n: 1 });
  expect([...variablesIn(['{{a}} {{b}}', { '{{c}}': null }])]).toEqual(['a', 'b', 'c']);
});
