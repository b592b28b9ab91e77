/**
 * Every file of test/golden/new-service is an msvc.yaml, a ruler, and the same with a service added (`\r` at the end of a line
 * stands for the character). `UPDATE=1` writes what stands under the ruler: read it before keeping it.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseDocument, stringify } from 'yaml';
import { withOwnKeys } from '../../../src/scaffold/edit/entry.ts';
import { insertService } from '../../../src/scaffold/edit/insert-service.ts';

const FOLDER = fileURLToPath(new URL('../../golden/new-service/', import.meta.url));
const RULER = `\n${'-'.repeat(80)}\n`;
const ENTRY = `command: node server.js # listens on $PORT
working_dir: orders
develop:
  watch:
    - { path: orders, action: restart }
`;
const ADDED = { name: 'orders', entry: ENTRY };

describe('golden files', () => {
  test.each(readdirSync(FOLDER))('%s', (name) => {
    const [shown = '', expected] = readFileSync(FOLDER + name, 'utf8').split(RULER);
    const input = shown.replaceAll('\\r\n', '\r\n');
    const output = insertService(input, ADDED);
    const actual = output?.replaceAll('\r\n', '\\r\n') ?? '(no place for it)\n';
    if (process.env.UPDATE === '1') writeFileSync(FOLDER + name, shown + RULER + actual);
    else expect(actual).toBe(expected);
    if (output === undefined) return;
    expect(isSubsequence(input.replace(': {} #', ': #'), output)).toBe(true);
  });
});

const service = fc.record({
  command: fc.oneof(fc.string(), fc.array(fc.string(), { minLength: 1 })),
  environment: fc.dictionary(fc.stringMatching(/^[A-Z]{1,4}$/), fc.oneof(fc.string(), fc.integer(), fc.boolean())),
});
const comment = fc.stringMatching(/^# [a-z:{}\- ]{0,20}$/);
const comments = fc.array(fc.tuple(comment, fc.nat({ max: 6 })), { maxLength: 3 });

describe('whatever the file says', () => {
  test('it goes on saying it, byte for byte, and the service is there', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.stringMatching(/^[a-m]{1,5}$/), service, { minKeys: 1, maxKeys: 4 }),
        fc.record({ name: fc.constant('x'), 'x-note': fc.string() }, { requiredKeys: [] }),
        fc.constantFrom(2, 3, 4, 8),
        comments,
        fc.boolean(),
        (services, others, indent, notes, last) => {
          const lines = stringify(last ? { ...others, services } : { services, ...others }, { indent }).split('\n');
          // Comments only where no block scalar can swallow them: before the first line and at the end.
          for (const [words, spaces] of notes) lines.push(' '.repeat(spaces) + words);
          const text = `${notes.map(([words]) => `${words}\n`).join('')}${lines.join('\n')}\n`;
          const before = parseDocument(text);
          fc.pre(before.errors.length === 0);
          const after = insertService(text, ADDED);
          expect(after).toBeDefined();
          const now = parseDocument(after as string).toJS();
          expect(now.services.orders.command).toBe('node server.js');
          delete now.services.orders;
          expect(now).toEqual(before.toJS());
          expect(isSubsequence(text, after as string)).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('a text that is no msvc.yaml is left alone or extended, never broken', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const after = insertService(text, ADDED);
        if (after !== undefined) expect(parseDocument(after).errors).toEqual([]);
      }),
    );
  });

  test('a service that is there already is not added again', () => {
    expect(insertService('services:\n  orders:\n    command: ./a\n', ADDED)).toBeUndefined();
  });
});

function isSubsequence(part: string, whole: string): boolean {
  let at = 0;
  for (const character of whole) if (character === part[at]) at++;
  return at === part.length;
}

describe('the keys that msvc decides', () => {
  test('stand behind what runs, each once', () => {
    const own = { working_dir: 'services/orders', route: '/api/orders', port: 3000, calls: ['a', 'b-c'] };
    expect(withOwnKeys('command: ./a # runs\nhealthcheck: { http: / }\n', own)).toBe(
      'command: ./a # runs\nworking_dir: services/orders\nroute: /api/orders\nport: 3000\ncalls: [a, b-c]\nhealthcheck: { http: / }\n',
    );
    expect(withOwnKeys('command:\n  - a\n  - b\nport: none\n', { ...own, route: undefined })).toBe(
      'command:\n  - a\n  - b\nworking_dir: services/orders\ncalls: [a, b-c]\nport: none\n',
    );
  });
});
