/** The schema that editors get, held against the same golden definitions as the loader. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { jsonSchema } from '../../../src/config/json-schema.ts';
import { referencePage } from '../../../src/config/reference.ts';
import { inlined, misfits } from './draft7.ts';

const FOLDER = fileURLToPath(new URL('../../golden/config/', import.meta.url));
const schema = inlined(jsonSchema());

function definitionOf(name: string): unknown {
  const [input = ''] = readFileSync(FOLDER + name, 'utf8').split(`\n${'-'.repeat(80)}\n`);
  const [, text = ''] = /^>>> msvc\.yaml\n([\s\S]*?)(?=^>>> |$(?![\s\S]))/m.exec(input) ?? [];
  return withoutEmpty(parse(text, { merge: true, logLevel: 'silent' }));
}

/** A key without a value is as good as absent to the loader; YAML editors complain about some of them, rightly. */
function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) => (inner === null ? [] : [[key, withoutEmpty(inner)]])),
  );
}

describe('right definitions fit', () => {
  test.each(readdirSync(FOLDER).filter((name) => name.startsWith('good-')))('%s', (name) => {
    const definition = definitionOf(name);
    expect(misfits(schema, definition)).toEqual([]);
  });
});

describe('what an editor can see is wrong does not', () => {
  test.each([
    ['bad-unknown-key-service.txt', ['.services.web.comand']],
    ['bad-unknown-key-top.txt', ['.servces']],
    ['bad-image.txt', ['.services.cache.network_mode', '.services.cache.mem_limit']],
    ['bad-gateway.txt', ['.gateway.tls', '.gateway.balancer', '.gateway.port']],
    ['bad-depends-on.txt', ['.services.orders.depends_on']],
    ['bad-names.txt', ['.services.Web', '.services.my service']],
    ['bad-services-list.txt', ['.services']],
  ])('%s', (name, paths) => {
    expect(misfits(schema, definitionOf(name))).toEqual(expect.arrayContaining(paths));
  });
});

test('an interpolation may stand for a number, a word or a flag', () => {
  const service = {
    command: 'x',
    replicas: '${N:-2}',
    port: '$P',
    restart: '${R}',
    stop_grace_period: '${S}s',
    database: '${D}',
  };
  expect(misfits(schema, { services: { web: service } })).toEqual([]);
  expect(misfits(schema, { services: { web: { ...service, replicas: 'two' } } })).toEqual(['.services.web.replicas']);
});

test('every key says what it is', () => {
  const undescribed: string[] = [];
  const visit = (node: Record<string, unknown>, path: string): void => {
    for (const [key, inner] of Object.entries((node.properties as Record<string, Record<string, unknown>>) ?? {})) {
      if (typeof inner.description !== 'string') undescribed.push(`${path}.${key}`);
      visit(inner, `${path}.${key}`);
    }
    for (const form of (node.anyOf as Record<string, unknown>[]) ?? []) visit(form, path);
    if (node.items) visit(node.items as Record<string, unknown>, `${path}[]`);
    if (typeof node.additionalProperties === 'object')
      visit(node.additionalProperties as Record<string, unknown>, `${path}.*`);
  };
  visit(schema, '');
  expect(undescribed).toEqual([]);
});

test('the reference page names every key of a service', () => {
  const services = (schema.properties as Record<string, { additionalProperties: { properties: object } }>).services!;
  const page = referencePage();
  for (const key of Object.keys(services.additionalProperties.properties)) expect(page).toContain(`| \`${key}\` |`);
});

test('what stands in it several times stands there once: editors read it at every start', () => {
  const written = JSON.stringify(jsonSchema());
  expect(written.length * 3).toBeLessThan(JSON.stringify(schema).length);
  const names = Object.keys(jsonSchema().definitions as object);
  for (const name of names) expect(written.split(`"#/definitions/${name}"`).length).toBeGreaterThan(2);
});
