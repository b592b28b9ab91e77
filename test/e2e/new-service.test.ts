/** `msvc new service` beside a running system: the service is there, up and routed, with nothing else to edit. */
import { chmodSync, existsSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { NewServiceJson } from '../../src/cli/json-contract.ts';
import { REPOSITORY } from '../rig/cli.ts';
import { createRig, type Rig } from '../rig/msvc-rig.ts';
import { eventually } from '../rig/wait.ts';

const FILE = `# yaml-language-server: $schema=./msvc.schema.json
services:
  catalog: # the first
    command: node \${PUPPET}

    route: /api/catalog   # where it is
`;

/** As after \`npm install msvc\` in a project: an old Node finds better-sqlite3 there. */
function withPackages(rig: Rig): void {
  symlinkSync(path.join(REPOSITORY, 'node_modules'), rig.path('node_modules'));
  rig.expectFile('node_modules');
}

function expectFiles(rig: Rig, made: NewServiceJson): void {
  for (const name of made.files) rig.expectFile(path.join(path.relative(rig.dir, made.folder), name));
}

test('with `up --watch-config`, a new service is started and routed', async () => {
  await using rig = await createRig({ 'msvc.yaml': FILE });
  withPackages(rig);
  rig.start(['up', '--watch-config', '--no-tui']);
  await eventually(
    'catalog to answer',
    async () => (await rig.get('/api/catalog').catch(() => undefined))?.status === 200,
  );

  const dry = await rig.ok(['new', 'service', 'orders', '--calls', 'catalog', '--dry-run']);
  expect(dry.stdout).toContain('would add to msvc.yaml');
  expect(rig.read('msvc.yaml')).toBe(FILE);
  expect(existsSync(rig.path('services'))).toBe(false);

  const made = (await rig.ok(['new', 'service', 'orders', '--calls', 'catalog', '--json'])).json<NewServiceJson>();
  expectFiles(rig, made);
  expect(made).toMatchObject({
    service: 'orders',
    route: '/api/orders',
    calls: ['catalog'],
    database: true,
    written: true,
  });
  expect(rig.read('msvc.yaml').startsWith(FILE)).toBe(true);

  await eventually('orders to answer', async () => (await rig.get('/api/orders')).status === 200);
  const peers = await rig.get('/api/orders/peers');
  expect(peers.json()).toEqual({ catalog: { status: 200 } });
  const item = await rig.get('/api/orders', { method: 'POST', body: '{"name":"Teapot","quantity":1}' });
  expect(item.status).toBe(201);
  const rows = await rig.ok(['db', 'query', 'orders', 'SELECT name FROM items', '--json']);
  expect(rows.json()).toMatchObject([{ name: 'Teapot' }]);

  const again = await rig.msvc(['new', 'service', 'orders']);
  expect(again.code).toBe(2);
  expect(again.stderr).toContain('error[MSVC_EXISTS]: there is a service orders already');
  expect(again.stderr).toContain('"orders-2" is free');
});

test('a name that is free, and a folder that cannot be written leaves everything as it was', async () => {
  await using rig = await createRig({ 'msvc.yaml': '# empty so far\n' });
  withPackages(rig);
  const first = (await rig.ok(['new', 'service', '--json'])).json<NewServiceJson>();
  const second = (await rig.ok(['new', 'service', '--json'])).json<NewServiceJson>();
  for (const made of [first, second]) expectFiles(rig, made);
  expect([first.service, second.service]).toEqual(['items', 'items-2']);

  const before = rig.read('msvc.yaml');
  const refused = await rig.msvc(['new', 'service', 'x', '--folder', 'msvc.yaml/x']);
  expect(refused.code).not.toBe(0);
  expect(rig.read('msvc.yaml')).toBe(before);
  expect(readdirSync(rig.dir).sort()).toEqual(['msvc.yaml', 'node_modules', 'services']);
});

test('templates of msvc and of your own', async () => {
  await using rig = await createRig({
    'msvc.yaml': 'services:\n',
    'ours/template.yaml': 'summary: a shell service\ndatabase: none\n',
    'ours/service.yaml': 'command: node "$PUPPET"\nport: auto\nenvironment: { NAME: __SERVICE__ }\n',
    'ours/files/run.sh': '#!/bin/sh\necho __SERVICE__\n',
    'wrong/template.yaml': 'summary: something\nlistens: maybe\n',
  });
  chmodSync(rig.path('ours/files/run.sh'), 0o755);
  mkdirSync(rig.path('sub'));
  expect((await rig.ok(['new', '--list'])).stdout).toMatch(/^javascript /m);
  expect((await rig.ok(['template', 'check', './ours'])).stdout).toContain('ours is right');
  const made = await rig.ok(['new', 'service', 'mine', '--template', '../ours', '--json'], { cwd: rig.path('sub') });
  expectFiles(rig, made.json());
  await rig.ok(['up', '-d', '--wait']);
  expect((await rig.ps()).map((row) => row.service)).toEqual(['mine']);

  const wrong = await rig.msvc(['template', 'check', './wrong']);
  expect(wrong.code).toBe(3);
  expect(wrong.stderr).toMatch(/wrong\/template.yaml:2:10[\s\S]*`files\/` is missing|`listens`/);
  const refused = await rig.msvc(['new', 'service', 'x', '--template', './wrong']);
  expect(refused.code).toBe(3);
  const unknown = await rig.msvc(['new', 'service', 'x', '--template', 'javascrip']);
  expect(unknown).toMatchObject({ code: 2 });
  expect(unknown.stderr).toContain('did you mean "javascript"?');
});
