/** The reader of interfaces behind the generated pages, and that no page has lost something. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { EVENT_MEANINGS } from '../../../scripts/reference/event-meanings.ts';
import { eventsPage } from '../../../scripts/reference/events.ts';
import { jsonPage } from '../../../scripts/reference/json.ts';
import { lifecyclePage } from '../../../scripts/reference/lifecycle.ts';
import { interfacesOf } from '../../../scripts/reference/typescript-source.ts';
import { referencePage } from '../../../src/config/reference.ts';
import { PHASES } from '../../../src/model/instance.ts';

const source = (file: string): string => readFileSync(new URL(`../../../src/${file}`, import.meta.url), 'utf8');
const words = ['event', 'error', 'instance', 'project', 'route', 'place', 'diagnostic', 'fault', 'policy'].map((name) =>
  source(`model/${name}.ts`),
);

test('reads members, types over several lines and comments', () => {
  const text = `/** One thing; of \`x\`. */
export interface Thing extends Other {
  readonly plain: string;
  /**
   * Two
   * lines.
   */
  readonly 'a.b'?: readonly { readonly c: number; readonly d: Map<string, { e: 1 }> }[];
  readonly choice:
    | 'one'
    | 'two';
}
interface Hidden { readonly x: 1 }
export interface Empty {}
`;
  expect(interfacesOf(text)).toEqual([
    {
      name: 'Thing',
      doc: 'One thing; of `x`.',
      extends: ['Other'],
      members: [
        { name: 'plain', type: 'string', doc: '' },
        { name: 'a.b?', type: '{ c: number; d: Map<string, { e: 1 }> }[]', doc: 'Two lines.' },
        { name: 'choice', type: "'one' | 'two'", doc: '' },
      ],
    },
    { name: 'Empty', doc: '', extends: [], members: [] },
  ]);
});

test('the page of events has every event, with its facts', () => {
  const page = eventsPage(source('model/event.ts'), words);
  for (const type of Object.keys(EVENT_MEANINGS)) expect(page).toContain(`| \`${type}\` | `);
  expect(page).toContain(
    '`service: string`<br>`instance: string`<br>`replica: number`<br>`pid: number`<br>`launch: number`<br>`container?: string`<br>`address?: { host: string; port: number }` |',
  );
  expect(page).not.toMatch(/undefined|OfService|OfInstance|OfEdge|readonly/);
});

test('the page of JSON output has every contract', () => {
  const page = jsonPage(source('cli/json-contract.ts'), words);
  for (const field of ['service', 'replica', 'state', 'health', 'pid', 'port', 'url', 'restarts', 'startedAt']) {
    expect(page.slice(page.indexOf('## msvc ps'), page.indexOf('## msvc logs'))).toContain(`| \`${field}\` | `);
  }
});

test('the page of the lifecycle has every phase', () => {
  const page = lifecyclePage(source('model/instance.ts'));
  for (const phase of PHASES) {
    expect(page).toContain(`state "${phase}" as `);
    expect(page).toMatch(new RegExp(`^\\| \`${phase}\` \\| [A-Z]`, 'm'));
  }
});

test('a default that is a map is printed as one', () => {
  expect(referencePage()).toContain('| `forward` | map of claims to header names | `{ sub: X-Auth-Subject }` |');
});
