/** What a new service is called, where it goes, what is refused; and that writing it is all or nothing. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { MsvcError } from '../../../src/model/error.ts';
import { commit } from '../../../src/scaffold/commit.ts';
import { planService, type Wish } from '../../../src/scaffold/new-service.ts';
import { folderFor, freeName, freeRoute, type Surroundings } from '../../../src/scaffold/place.ts';
import { builtInTemplates, findTemplate } from '../../../src/scaffold/template/find.ts';
import { readTemplate } from '../../../src/scaffold/template/read.ts';

function folder(): string {
  const dir = realpathSync(mkdtempSync(path.join(tmpdir(), 'msvc-new-')));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

const around = (dir: string, ...names: string[]): Surroundings => ({
  dir,
  services: names.map((name) => ({ name, workingDir: path.join(dir, 'apps', name), paths: [`/api/${name}`] })),
});

describe('places', () => {
  test('names: the next free one; one that would take the same variables is not free', () => {
    const has = around('/p', 'api', 'my-api', 'api-2');
    expect(freeName('web', has, () => false)).toBe('web');
    expect(freeName('api', has, () => false)).toBe('api-3');
    expect(freeName('my.api', has, () => false)).toBe('my.api-2');
    expect(freeName('web', has, (name) => name === 'web')).toBe('web-2');
  });

  test('routes', () => {
    const has = { dir: '/p', services: [{ name: 'a', workingDir: '/p', paths: ['/', '/api/a', '/api/a-2'] }] };
    expect(freeRoute('/api/b', has, 'app')).toBe('/api/b');
    expect(freeRoute('/api/a/', has, 'app')).toBe('/api/a-3');
    expect(freeRoute('/', has, 'app')).toBe('/app');
  });

  test('folders: beside its like', () => {
    expect(folderFor('x', around('/p'))).toBe('services/x');
    expect(folderFor('x', around('/p', 'a', 'b'))).toBe('apps/x');
    const flat = { dir: '/p', services: [{ name: 'a', workingDir: '/p/a', paths: [] }] };
    expect(folderFor('x', flat)).toBe('x');
    const elsewhere = { dir: '/p', services: [{ name: 'a', workingDir: '/p/src', paths: [] }] };
    expect(folderFor('x', elsewhere)).toBe('services/x');
  });
});

describe('the plan', () => {
  const javascript = readTemplate(findTemplate('javascript', '/'));
  const plan = (wish: Partial<Wish>, has = around(folder(), 'catalog')) =>
    planService(javascript, { name: 'orders', calls: [], ...wish }, has, 'services:\n  catalog:\n    command: ./c\n');
  const refusal = (wish: Partial<Wish>, has?: Surroundings): MsvcError => {
    try {
      plan(wish, has);
    } catch (error) {
      return error as MsvcError;
    }
    throw new Error('it was not refused');
  };

  test('has the entry, the files and the whole text', () => {
    const { name, folder: where, entry, file, filled } = plan({ calls: ['catalog'], database: true, port: 4000 });
    expect({ name, where }).toEqual({ name: 'orders', where: 'apps/orders' });
    expect(entry).toMatch(
      /^command: node server.js .*\nworking_dir: apps\/orders\nroute: \/api\/orders\nport: 4000\ncalls: \[catalog\]\n/,
    );
    expect(file).toContain('  catalog:\n    command: ./c\n  orders:\n    command: node server.js');
    expect(filled.files.map((one) => one.name)).toEqual(
      expect.arrayContaining(['server.js', 'migrations/001_items.sql', 'lib/peers.js']),
    );
    for (const { content } of filled.files) expect(content.toString()).not.toMatch(/__[A-Z]+__|msvc:(if|end|each)/);
  });

  test('without a database and calls there are no files for them', () => {
    const names = plan({ database: false, route: false }).filled.files.map((one) => one.name);
    expect(names).not.toContain('migrations/001_items.sql');
    expect(names).not.toContain('lib/peers.js');
  });

  test.each<[Partial<Wish>, string, string, string | undefined]>([
    [{ name: 'catalog' }, 'MSVC_EXISTS', 'there is a service catalog already', '"catalog-2" is free'],
    [{ name: 'Orders' }, 'MSVC_USAGE', 'cannot be a service', undefined],
    [{ calls: ['catalgo'] }, 'MSVC_UNKNOWN_SERVICE', 'no service catalgo', undefined],
    [{ calls: ['orders'] }, 'MSVC_USAGE', 'does not call itself', undefined],
    [{ route: '/api/catalog' }, 'MSVC_USAGE', 'leads to catalog already', '/api/catalog-2 is free'],
    [{ route: 'api' }, 'MSVC_USAGE', '"api" is not a route', undefined],
    [{ folder: '../elsewhere' }, 'MSVC_USAGE', 'not below the folder of msvc.yaml', undefined],
  ])('%j is refused', (wish, code, message, hint) => {
    const error = refusal(wish);
    expect(error.code).toBe(code);
    expect(error.message).toContain(message);
    if (hint !== undefined) expect(error.hint).toBe(hint);
  });

  test('a folder that is there is not written into', () => {
    const has = around(folder(), 'catalog');
    mkdirSync(path.join(has.dir, 'apps/orders'), { recursive: true });
    expect(refusal({}, has).code).toBe('MSVC_EXISTS');
    expect(plan({ name: undefined }, around(folder(), 'items')).name).toBe('items-2');
  });
});

describe('writing', () => {
  const files = [{ name: 'a/run.sh', content: Buffer.from('#!/bin/sh\n'), executable: true }];

  test('both, with the modes they should have', async () => {
    const dir = folder();
    writeFileSync(path.join(dir, 'real.yaml'), 'old');
    chmodSync(path.join(dir, 'real.yaml'), 0o640);
    symlinkSync('real.yaml', path.join(dir, 'msvc.yaml'));
    await commit({
      folder: { path: path.join(dir, 'services/x'), files },
      file: { path: path.join(dir, 'msvc.yaml'), before: 'old', after: 'new' },
    });
    expect(readFileSync(path.join(dir, 'real.yaml'), 'utf8')).toBe('new');
    expect(statSync(path.join(dir, 'real.yaml')).mode & 0o777).toBe(0o640);
    expect(statSync(path.join(dir, 'services/x/a/run.sh')).mode & 0o100).toBe(0o100);
    expect(readdirSync(dir).sort()).toEqual(['msvc.yaml', 'real.yaml', 'services']);
    expect(readdirSync(path.join(dir, 'services'))).toEqual(['x']);
  });

  test.each<[string, (dir: string) => void, () => Promise<void>]>([
    ['the check refuses', () => {}, () => Promise.reject(new Error('no'))],
    ['the file was changed meanwhile', (dir) => writeFileSync(path.join(dir, 'msvc.yaml'), 'other'), async () => {}],
    ['the folder is there', (dir) => mkdirSync(path.join(dir, 'services/x'), { recursive: true }), async () => {}],
  ])('nothing, when %s', async (_why, prepare, check) => {
    const dir = folder();
    writeFileSync(path.join(dir, 'msvc.yaml'), 'old');
    prepare(dir);
    const before = readFileSync(path.join(dir, 'msvc.yaml'), 'utf8');
    const made = existsSync(path.join(dir, 'services'));
    const change = commit({
      folder: { path: path.join(dir, 'services/x'), files },
      file: { path: path.join(dir, 'msvc.yaml'), before: 'old', after: 'new' },
      check,
    });
    await expect(change).rejects.toThrow();
    expect(readFileSync(path.join(dir, 'msvc.yaml'), 'utf8')).toBe(before);
    expect(existsSync(path.join(dir, 'services'))).toBe(made);
    expect(existsSync(path.join(dir, 'services/x/a'))).toBe(false);
    expect(readdirSync(dir).filter((name) => name.includes('.new'))).toEqual([]);
  });
});

describe('the templates of msvc', () => {
  test('are found by their folders', () => {
    expect(builtInTemplates().map(({ name }) => name)).toContain('javascript');
    expect(() => findTemplate('javascrpt', '/')).toThrow(/no template "javascrpt"/);
    expect(() => findTemplate('./nowhere', '/')).toThrow(/no folder/);
  });
});
