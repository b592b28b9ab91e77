import { describe, expect, test } from 'vitest';
import type { Project } from '../../../src/model/project.ts';
import { type Selection, select } from '../../../src/model/select.ts';
import { openCase } from './case.ts';

async function projectOf(yaml: string): Promise<Project> {
  using open = openCase(`>>> msvc.yaml\n${yaml}`);
  const result = await open.load();
  if (!result.ok) throw new Error(open.render(result.diagnostics).join('\n'));
  return result.project;
}

const SHOP = `
services:
  db: { command: x }
  catalog: { command: x, depends_on: [db] }
  payments: { command: x, profiles: [full] }
  orders: { command: x, calls: [catalog, payments], profiles: [full, orders] }
  report: { command: x, profiles: [night], depends_on: { mail: { condition: service_started, required: false } } }
  mail: { command: x, profiles: [mail] }
  lone: { command: x }
`;

async function chosen(selection: Partial<Selection>) {
  return select(await projectOf(SHOP), { services: [], profiles: [], noDeps: false, ...selection });
}

describe('which services', () => {
  test.each([
    ['without a name: all that have no profile', {}, ['db', 'catalog', 'lone']],
    [
      'with a profile: those too, and what they call',
      { profiles: ['orders'] },
      ['db', 'catalog', 'payments', 'orders', 'lone'],
    ],
    ['with every profile', { profiles: ['*'] }, ['db', 'catalog', 'payments', 'orders', 'report', 'mail', 'lone']],
    [
      'named: with what it needs, in the file’s order',
      { services: ['orders'] },
      ['db', 'catalog', 'payments', 'orders'],
    ],
    ['named alone', { services: ['orders'], noDeps: true }, ['orders']],
    ['an optional dependency comes only if its profile is active', { services: ['report'] }, ['report']],
    ['and then it does', { services: ['report'], profiles: ['mail'] }, ['report', 'mail']],
    ['a profile does not add to named ones', { services: ['lone'], profiles: ['full'] }, ['lone']],
    ['besides all others, and what it needs', { also: ['orders'] }, ['db', 'catalog', 'payments', 'orders', 'lone']],
    ['besides named ones', { services: ['lone'], also: ['report'] }, ['report', 'lone']],
    ['named twice', { services: ['lone', 'lone'] }, ['lone']],
  ])('%s', async (_, selection, expected) => {
    const { services, diagnostics } = await chosen(selection);
    expect(services).toEqual(expected);
    expect(diagnostics).toEqual([]);
  });
});

describe('what is wrong with a choice', () => {
  test('an unknown name, with a suggestion', async () => {
    expect(await chosen({ services: ['order', 'lone', 'constructor'] })).toMatchObject({
      services: ['lone'],
      diagnostics: [
        { severity: 'error', code: 'unknown-service', hint: 'did you mean `orders`?' },
        { severity: 'error', code: 'unknown-service', message: 'no service is called `constructor`' },
      ],
    });
  });

  test('an unknown profile is a warning', async () => {
    expect((await chosen({ profiles: ['ful'] })).diagnostics).toMatchObject([
      { severity: 'warning', code: 'unknown-profile', hint: 'did you mean `full`?' },
    ]);
  });

  test('alternatives that are chosen together conflict, one alone does not', async () => {
    const project = await projectOf(`
services:
  real: { command: x, route: /pay, port: 4000, profiles: [real] }
  mock: { command: x, route: /pay, port: 4000, profiles: [mock] }
`);
    const codes = (profiles: string[]) =>
      select(project, { services: [], profiles, noDeps: false }).diagnostics.map((d) => d.code);
    expect(codes(['real'])).toEqual([]);
    expect(codes(['real', 'mock'])).toEqual(['port-conflict', 'route-conflict']);
  });
});
