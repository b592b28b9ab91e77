/** `msvc routes` and `msvc routes test`: of the file while nothing runs, of the running system while it does. */
import { expect, test } from 'vitest';
import { createRig } from '../rig/msvc-rig.ts';

const FILES = {
  'msvc.yaml': `
secrets: { key: { environment: KEY } }
gateway: { auth: { providers: { partners: { api_key: { keys: { acme: key } } } } } }
services:
  web:
    command: [node, "\${PUPPET}"]
    routes:
      - /
      - { path: /partners, auth: partners }
      - matches: [{ path: { value: /shared } }]
        backendRefs: [{ name: web, weight: 9 }, { name: next }]
  next: { command: [node, "\${PUPPET}"] }
`,
};

interface Row {
  readonly path: string;
  readonly ready: number;
  readonly url: string | null;
  readonly auth: { readonly provider: string } | null;
}

test('which route a request takes, and that it does', async () => {
  await using rig = await createRig(FILES, { KEY: 'open-sesame' });
  const before = (await rig.ok(['routes', '--json'])).json<Row[]>();
  expect(before.map(({ path, ready, url }) => [path, ready, url])).toEqual([
    ['/', 0, null],
    ['/partners', 0, null],
    ['/shared', 0, null],
  ]);
  expect((await rig.ok(['routes', 'test', 'GET', '/x'])).stdout).toContain('web gets GET /x');
  const lost = (await rig.ok(['routes', 'test', 'GET', '/shared/x', '-H', 'host: a.localhost', '--json'])).json<{
    readonly winner: number;
    readonly routes: readonly { readonly path: string; readonly verdict: string; readonly decidedBy: string | null }[];
  }>();
  expect(lost.routes[lost.winner]).toMatchObject({ path: '/shared', verdict: 'wins' });
  expect(lost.routes.find(({ path }) => path === '/')).toMatchObject({ verdict: 'loses', decidedBy: 'path' });
  expect((await rig.msvc(['routes', 'test', 'GET', '/', '-H', 'nonsense'])).code).toBe(2);

  await rig.up();
  const rows = (await rig.ok(['routes', '--json'])).json<Row[]>();
  expect(rows.map(({ ready, auth }) => [ready, auth?.provider ?? null])).toEqual([
    [1, null],
    [1, 'partners'],
    [2, null],
  ]);
  expect((await rig.ok(['routes'])).stdout).toMatch(/web 90%, next 10%.*\/shared/);
  const { status, headers } = await rig.get('/partners/x');
  expect([status, headers['www-authenticate']]).toEqual([401, 'ApiKey realm="msvc", header="X-API-Key"']);
  expect((await rig.get('/partners/x', { headers: { 'x-api-key': 'open-sesame' } })).status).toBe(200);
  // The table of the running system, not the file that was changed since.
  rig.write('msvc.yaml', FILES['msvc.yaml'].replace('/partners', '/elsewhere'));
  expect((await rig.ok(['routes', 'test', 'GET', '/partners'])).stdout).toContain('after asking who comes: partners');
  const shown = await rig.ok(['config', '--json']);
  expect(shown.stdout + (await rig.ok(['events', '--json'])).stdout).not.toContain('open-sesame');
});
