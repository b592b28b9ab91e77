import { describe, expect, test } from 'vitest';
import { type Explanation, explain } from '../../../src/config/index.ts';
import type { LoadOptions } from '../../../src/config/load.ts';
import { openCase } from './case.ts';

const FILES = `
>>> msvc.yaml
name: shop
x-env: &env { REGION: eu }
include: [auth/msvc.yaml]
services:
  orders:
    command: node server.js
    environment:
      <<: *env
      LEVEL: \${LEVEL:-info}
      TOKEN: "t-\${TOKEN}"
      FROM_DOTENV: $DOT
      OVERRIDDEN: one
      CATALOG_URL: \${CATALOG_URL}
    env_file: orders.env
    calls: [catalog]
    replicas: 2
    route: /o
  catalog: { command: x }
  my.api: { command: x, environment: { "a.b": 1 } }
  keeper: { command: x, secrets: [token], pre_start: npm run b, deploy: { replicas: 2 }, healthcheck: { http: /ok } }
secrets:
  token: { environment: TOKEN }
>>> msvc.override.yaml
services:
  orders:
    environment: [OVERRIDDEN=two, REGION=us]
>>> auth/msvc.yaml
services:
  auth: { command: x, stop_signal: SIGINT }
>>> orders.env
# of orders
FILE_ONLY=f
OVERRIDDEN=zero
>>> .env
DOT=from dotenv
>>> shell
TOKEN=hush-hush
INHERITED=yes
OVERRIDDEN=shell
`;

async function asked(
  path: string,
  options: Partial<LoadOptions> = {},
): Promise<{ explained: Explanation; chain: string[] }> {
  using open = openCase(FILES);
  const result = await open.load(options);
  if (!result.ok) throw new Error(open.render(result.diagnostics).join('\n'));
  const explained = explain(result, path);
  const chain = explained.sources.map((source) => {
    if (source.kind === 'file') {
      const used = source.variables.map((v) => `${v.name}=${v.value}@${v.from}`).join(',');
      const { file, line, column } = source.place;
      return `${source.role} ${open.shorten(file)}:${line}:${column} ${source.value} ${used}`.trim();
    }
    if (source.kind === 'env_file')
      return `env_file ${open.shorten(source.place.file)}:${source.place.line} ${source.value}`;
    if (source.kind === 'shell') return `shell ${source.value}`;
    return 'name' in source ? `${source.kind} ${source.name}` : source.kind;
  });
  return { explained, chain };
}

describe('the chain of sources, strongest first', () => {
  test.each([
    ['orders.environment.LEVEL', 'info', ['file msvc.yaml:9:14 info LEVEL=info@default']],
    ['orders.environment.FROM_DOTENV', 'from dotenv', ['file msvc.yaml:11:20 from dotenv DOT=from dotenv@dotenv']],
    [
      'orders.environment.OVERRIDDEN',
      'two',
      ['override msvc.override.yaml:3:30 two', 'file msvc.yaml:12:19 one', 'env_file orders.env:3 zero', 'shell shell'],
    ],
    ['orders.environment.REGION', 'us', ['override msvc.override.yaml:3:42 us', 'file msvc.yaml:2:23 eu']],
    ['keeper.environment.TOKEN_FILE', undefined, ['msvc TOKEN_FILE']],
    ['keeper.environment.MSVC_INSTANCE', undefined, ['msvc MSVC_INSTANCE']],
    ['orders.environment.FILE_ONLY', undefined, ['env_file orders.env:2 f']],
    ['orders.environment.INHERITED', undefined, ['shell yes']],
    ['orders.environment.PORT', undefined, ['msvc PORT']],
    ['orders.environment.CATALOG_HOST', undefined, ['msvc CATALOG_HOST']],
    ['services.orders.replicas', 2, ['file msvc.yaml:16:15 2']],
    ['orders.route', '/o', ['file msvc.yaml:17:12 /o']],
    ['orders.stop_grace_period', '10s', ['default']],
    ['auth.stop_signal', 'SIGINT', ['include auth/msvc.yaml:2:36 SIGINT']],
    ['catalog.port', 'auto', ['default']],
    ['name', 'shop', ['file msvc.yaml:1:7 shop']],
    ['gateway.port', 'auto', ['default']],
    ['my.api.environment.a.b', '1', ['file msvc.yaml:19:47 1']],
  ])('%s', async (path, value, expected) => {
    const { explained, chain } = await asked(path);
    expect(explained).toMatchObject({ found: true, secret: false });
    expect(explained.value).toEqual(value);
    expect(chain).toEqual(expected);
  });

  test.each([
    ['orders.routes', '17:12 /o'],
    ['orders.routes.0.matches.0.path.value', '17:12 /o'],
    ['keeper.pre_start.0.command', '20:54 npm run b'],
    ['keeper.pre_start.0.working_dir', undefined],
    ['keeper.replicas', '20:85 2'],
    ['keeper.healthcheck.http.path', '20:111 /ok'],
    ['keeper.healthcheck.http.status', undefined],
  ])('%s, which is written in short', async (path, written) => {
    const { chain, explained } = await asked(path);
    expect(chain).toEqual([written === undefined ? 'default' : `file msvc.yaml:${written}`]);
    expect(explained.found).toBe(true);
  });

  test('what the command line says is stronger than the file', async () => {
    expect((await asked('gateway.port', { gatewayPort: 9000 })).chain).toEqual(['option --port']);
    expect((await asked('name', { projectName: 'other' })).chain).toEqual([
      'option --project-name',
      'file msvc.yaml:1:7 shop',
    ]);
  });

  test('a hole for launch time is said to be one', async () => {
    const { explained } = await asked('orders.environment.CATALOG_URL');
    expect(explained.value).toBe('${CATALOG_URL}');
    expect(explained.sources[0]).toMatchObject({ variables: [{ name: 'CATALOG_URL', from: 'launch' }] });
    expect(explained.sources[1]).toEqual({ kind: 'msvc', name: 'CATALOG_URL' });
  });

  test('a secret is masked in the value, the texts and the variables', async () => {
    const { explained } = await asked('orders.environment.TOKEN');
    expect(explained).toMatchObject({ value: 't-***', secret: true });
    expect(JSON.stringify(explained)).not.toContain('hush');
  });
});

describe('a path that is not there', () => {
  test.each([
    ['ordrs.replicas', 'services.orders.replicas'],
    ['orders.replica', 'services.orders.replicas'],
    ['gateway.prt', 'gateway.port'],
  ])('%s -> %s', async (path, suggestion) => {
    expect((await asked(path)).explained).toMatchObject({ found: false, suggestion, sources: [] });
  });

  test('is never an exception', async () => {
    for (const path of ['', '.', 'a.b.c.d', 'orders', 'services', '__proto__.x', 'orders.environment.constructor']) {
      expect((await asked(path)).explained.found).toBe(['orders', 'services'].includes(path));
    }
  });
});
