import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Secrets } from '../../../src/control/secrets.ts';
import type { Project } from '../../../src/model/project.ts';

function opened(): Secrets {
  const folder = mkdtempSync(path.join(tmpdir(), 'msvc-secrets-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return new Secrets(folder);
}

const of = (values: Readonly<Record<string, string>>): Project['secrets'] =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { name, source: 'file', value }]));

test('files hold what was read, byte for byte', () => {
  const secrets = opened();
  const bytes = Buffer.from([0, 255, 128, 10]);
  secrets.provide({
    pem: { name: 'pem', source: 'file', value: 'a key\r\n' },
    raw: { name: 'raw', source: 'file', value: bytes.toString('base64'), encoding: 'base64' },
  });
  expect(readFileSync(secrets.files.pem!, 'utf8')).toBe('a key\r\n');
  expect(readFileSync(secrets.files.raw!)).toEqual(bytes);
});

test('a value that changes is counted, and the one before stays masked', () => {
  const secrets = opened();
  secrets.provide(of({ a: 'first-value', b: 'stays-as-it-is' }));
  const before = statSync(secrets.files.b!);
  expect([...secrets.changes(of({ a: 'second-value', b: 'stays-as-it-is', c: 'new' }))]).toEqual([['a', 1]]);
  secrets.provide(of({ a: 'second-value', b: 'stays-as-it-is' }));
  expect([...secrets.changes(of({ a: 'second-value' }))]).toEqual([['a', 1]]);
  expect([...secrets.changes(of({ a: 'first-value' }))]).toEqual([['a', 2]]);
  expect(readFileSync(secrets.files.a!, 'utf8')).toBe('second-value');
  expect(statSync(secrets.files.b!).ino).toBe(before.ino);
  secrets.provide({});
  expect(secrets.files).toEqual({});
  secrets.clear();
  expect(secrets.mask('first-value, second-value')).toBe('***, ***');
});
