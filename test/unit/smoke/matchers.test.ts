/** Conditions, parts of JSON, JSONPath, schemas and OpenAPI documents: what they let through and what they do not. */
import { expect, test } from 'vitest';
import type { Json, Matcher } from '../../../src/model/smoke.ts';
import { find } from '../../../src/smoke/expect/jsonpath.ts';
import { violations } from '../../../src/smoke/expect/matcher.ts';
import { openapiMismatches } from '../../../src/smoke/expect/openapi.ts';
import { schemaMismatches } from '../../../src/smoke/expect/schema.ts';
import { subset } from '../../../src/smoke/expect/subset.ts';
import type { Outcome } from '../../../src/smoke/outcome.ts';

const rules = (matcher: Matcher, value: Json | undefined) => violations(matcher, value).map(({ rule }) => rule);

test.each<[Matcher, Json | undefined, boolean]>([
  [{ equals: 1 }, 1, true],
  [{ equals: 1 }, '1', true],
  [{ equals: '1' }, 1, false],
  [{ equals: [1, { a: 2 }] }, [1, { a: 2 }], true],
  [{ equals: null }, null, true],
  [{ equals: null }, undefined, false],
  [{ not: 1 }, 2, true],
  [{ not: 1 }, undefined, true],
  [{ contains: 'b' }, 'abc', true],
  [{ contains: { a: 1 } }, [{ a: 1 }], true],
  [{ contains: 'b' }, { b: 1 }, false],
  [{ matches: '^\\d+$' }, '12', true],
  [{ matches: '^\\d+$' }, 12, true],
  [{ matches: 'a' }, ['a'], false],
  [{ gt: 1, lt: 3 }, 2, true],
  [{ gte: 2, lte: 2 }, 2, true],
  [{ gt: 1 }, '2', false],
  [{ count: 2 }, [1, 2], true],
  [{ count: 3 }, 'abc', true],
  [{ count: 1 }, { a: 1 }, true],
  [{ count: 1 }, 1, false],
  [{ exists: false }, undefined, true],
  [{ exists: true }, null, true],
  [{ type: 'integer' }, 1, true],
  [{ type: 'integer' }, 1.5, false],
  [{ type: 'array' }, [], true],
  [{ type: 'object' }, [], false],
  [{ type: 'null' }, null, true],
])('%j of %j is %s', (matcher, value, holds) => {
  expect(rules(matcher, value).length === 0).toBe(holds);
});

test('a part of a JSON value: each difference with its place', () => {
  const actual = { id: 7, items: [{ sku: 'A', n: 1 }], 'odd key': { deep: true }, none: null };
  expect(subset({ items: [{ sku: 'A' }], none: null }, actual)).toEqual([]);
  const places = subset({ id: 8, items: [{ sku: 'B' }], 'odd key': { deep: false }, gone: null }, actual).map(
    ({ where }) => 'path' in where && where.path,
  );
  expect(places).toEqual(['$.id', '$.items[0].sku', '$["odd key"].deep', '$.gone']);
  expect(subset([1], [1, 2])).toMatchObject([{ rule: 'count', expected: 1, actual: 2 }]);
  expect(subset({}, [])).toMatchObject([{ rule: 'equals' }]);
});

test('a path to one place gives its value, any other a list', async () => {
  const value = { items: [{ n: 1 }, { n: 2 }], one: null };
  expect(await find('$.items[1].n', value)).toBe(2);
  expect(await find('$.one', value)).toBe(null);
  expect(await find('$.items[*].n', value)).toEqual([1, 2]);
  expect(await find('$.items[?@.n > 1].n', value)).toEqual([2]);
  expect(await find('$.nothing', value)).toBe(undefined);
  expect(await find('$.items[?@.n > 9]', value)).toBe(undefined);
  await expect(find('$.items[', value)).rejects.toThrow('not a JSONPath');
});

test('a schema: keyword, place and value of each violation', async () => {
  const schema = {
    type: 'object',
    required: ['id'],
    properties: { at: { type: 'string', format: 'date-time' }, list: { type: 'array', items: { type: 'integer' } } },
  };
  const check = (value: Json) => schemaMismatches({ kind: 'inline', schema }, value);
  expect(await check({ id: 1, at: '2026-01-01T00:00:00Z', list: [1] })).toEqual([]);
  expect(await check({ at: 'today', list: [1, 'x'] })).toMatchObject([
    { rule: 'required', where: { path: '$' } },
    { rule: 'format', where: { path: '$.at' }, actual: 'today' },
    { rule: 'type', where: { path: '$.list[1]' }, actual: 'x' },
  ]);
  await expect(schemaMismatches({ kind: 'inline', schema: { type: 'nothing' } }, 1)).rejects.toThrow(
    'not a JSON Schema',
  );
});

const DOCUMENT: Json = {
  openapi: '3.1.0',
  servers: [{ url: 'http://localhost/api' }],
  paths: {
    '/orders/{id}': {
      get: {
        responses: {
          200: { content: { 'application/json': { schema: { $ref: '#/components/schemas/Order' } } } },
          '4XX': { $ref: '#/components/responses/Problem' },
        },
      },
    },
    '/orders/latest': { get: { responses: { 204: { description: 'none' } } } },
  },
  components: {
    schemas: { Order: { type: 'object', required: ['id'], properties: { id: { type: 'string', nullable: true } } } },
    responses: { Problem: { content: { 'application/problem+json': { schema: { required: ['title'] } } } } },
  },
};

const answer = (status: number, body: Json, type = 'application/json'): Outcome => ({
  kind: 'response',
  status,
  headers: { 'content-type': `${type}; charset=utf-8` },
  body: JSON.stringify(body),
  tookMs: 1,
  exchange: { sent: '', received: '' },
});

test.each<[string, string, Outcome, string[]]>([
  ['as it says', '/orders/7', answer(200, { id: 'x' }), []],
  ['below its server', '/api/orders/7', answer(200, { id: 'x' }), []],
  ['another schema', '/orders/7', answer(200, {}), ['required']],
  ['a class of status', '/orders/7', answer(404, { title: 't' }, 'application/problem+json'), []],
  ['a referenced response', '/orders/7', answer(404, {}, 'application/problem+json'), ['required']],
  ['another media type', '/orders/7', answer(200, {}, 'text/html'), ['content-type']],
  ['no such status', '/orders/7', answer(500, {}), ['status']],
  ['no such path', '/orders', answer(200, []), ['path']],
  ['the exact path goes first', '/orders/latest', answer(204, null), []],
])('OpenAPI: %s', async (_, path, outcome, expected) => {
  const found = await openapiMismatches(DOCUMENT, { method: 'GET', path }, outcome);
  expect(found.map(({ rule }) => rule)).toEqual(expected);
});
