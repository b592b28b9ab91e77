/** One OpenAPI document of many: paths as the gateway offers them, names that cannot clash. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { loadProject } from '../../../src/config/index.ts';
import { type Document, mergeDocuments, outsidePath, parseDocument } from '../../../src/scaffold/openapi.ts';
import { documentProblems, type OpenApi } from '../../rig/openapi.ts';

const document = (base: string): Document => ({
  openapi: '3.1.0',
  info: { title: 'x', version: '1', description: `of ${base}` },
  security: [{ key: [] }],
  paths: {
    [base]: {
      get: {
        operationId: 'list',
        security: [{ key: [] }],
        responses: {
          200: {
            description: 'all',
            content: { 'application/json': { schema: { $ref: '#/components/schemas/Item' } } },
          },
        },
      },
    },
    '/healthz': { get: { operationId: 'health', responses: { 200: { description: 'fine' } } } },
  },
  components: {
    schemas: { Item: { type: 'object', properties: { next: { $ref: '#/components/schemas/Item' } } } },
    securitySchemes: { key: { type: 'http', scheme: 'basic' } },
  },
});

async function routesOf(route: string) {
  const dir = mkdtempSync(path.join(tmpdir(), 'msvc-openapi-'));
  try {
    writeFileSync(path.join(dir, 'msvc.yaml'), `services:\n  a:\n    command: ./a\n    ${route}\n`);
    const result = await loadProject({ cwd: dir, files: [], envFiles: [], environment: {} });
    if (!result.ok) throw new Error(JSON.stringify(result.diagnostics));
    return result.project.services.a!.routes;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

test.each([
  ['route: /api', '/api', '/api'],
  ['route: /api', '/api/{id}', '/api/{id}'],
  ['route: /api', '/apis', undefined],
  ['route: /', '/anything', '/anything'],
  ['route: { path: /api, strip_prefix: true }', '/orders', '/api/orders'],
  ['route: { path: /api, strip_prefix: true }', '/', '/api/'],
  ['routes: [{ matches: [{ path: { type: Exact, value: /one } }] }]', '/one', '/one'],
  ['routes: [{ matches: [{ path: { type: Exact, value: /one } }] }]', '/one/two', undefined],
])('%s: %s -> %s', async (route, inside, outside) => {
  expect(outsidePath(inside, await routesOf(route))).toBe(outside);
});

test('documents of services that say the same words', async () => {
  const merged = mergeDocuments(
    [
      { service: 'orders', document: document('/api/orders'), routes: await routesOf('route: /api/orders') },
      {
        service: 'my-catalog',
        document: document('/products'),
        routes: await routesOf('route: { path: /catalog, strip_prefix: true }'),
      },
      { service: 'hidden', document: document('/x'), routes: [] },
    ],
    { title: 'shop', server: 'http://localhost:8080/' },
  ) as unknown as OpenApi & { readonly [key: string]: unknown };
  expect(documentProblems(merged)).toEqual([]);
  expect(Object.keys(merged.paths)).toEqual(['/api/orders', '/catalog/products', '/catalog/healthz']);
  expect(merged.servers).toEqual([{ url: 'http://localhost:8080' }]);
  expect(merged.tags).toEqual([
    { name: 'orders', description: 'of /api/orders' },
    { name: 'my-catalog', description: 'of /products' },
  ]);
  expect(merged.paths['/catalog/products']?.get).toMatchObject({
    operationId: 'my_catalog_list',
    tags: ['my-catalog'],
    security: [{ my_catalog_key: [] }],
  });
  expect(JSON.stringify(merged.paths['/api/orders'])).toContain('"#/components/schemas/orders_Item"');
  expect(merged.components).toMatchObject({
    schemas: { orders_Item: { properties: { next: { $ref: '#/components/schemas/orders_Item' } } } },
    securitySchemes: { my_catalog_key: { type: 'http' } },
  });
});

test('what is no document', async () => {
  expect(await parseDocument('openapi: 3.0.3\npaths: {}\n')).toMatchObject({ openapi: '3.0.3' });
  for (const text of ['{}', '[', 'swagger: "2.0"\npaths: {}', '', 'a: [1'])
    expect(await parseDocument(text)).toBeUndefined();
});
