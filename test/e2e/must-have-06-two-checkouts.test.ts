/** Must-have 6 (ports, data): two checkouts of one repository run at the same time and share nothing. */
import { expect, test } from 'vitest';
import type { LsJson } from '../../src/cli/json-contract.ts';
import { createRig } from '../rig/msvc-rig.ts';

const FILES = {
  'msvc.yaml': `
name: shop
services:
  web:
    command: [node, "\${PUPPET}"]
    route: /
    calls: [api]
  api:
    command: [node, "\${PUPPET}"]
    replicas: 2
    database: true
`,
};

test('both healthy, with ports and databases of their own; ls shows both', async () => {
  await using rig = await createRig(FILES);
  const other = rig.project('q', FILES);
  await Promise.all([rig.up(), other.up()]);
  const list = (await rig.ok(['ls', '--json'])).json<LsJson[]>();
  expect(list.map(({ name, dir }) => ({ name, dir }))).toEqual(
    expect.arrayContaining([
      { name: 'shop', dir: rig.dir },
      { name: 'shop', dir: other.dir },
    ]),
  );
  expect(new Set(list.map((row) => row.gateway)).size).toBe(2);

  const [mine, theirs] = await Promise.all([rig.ps(), other.ps()]);
  const ports = [...mine, ...theirs].map((row) => row.port);
  expect(ports).toHaveLength(6);
  expect(new Set(ports).size).toBe(6);

  const paths = await Promise.all(
    [rig, other].map(async (project) => {
      const { API_URL } = (await project.get('/env')).json<Record<string, string>>();
      const api = (await project.get(`${API_URL}/env`)).json<Record<string, string>>();
      expect(api.DATABASE_PATH?.startsWith(project.dir)).toBe(true);
      return { edge: API_URL, database: api.DATABASE_PATH };
    }),
  );
  expect(paths[0]?.edge).not.toBe(paths[1]?.edge);
  expect(paths[0]?.database).not.toBe(paths[1]?.database);

  await other.ok(['down']);
  expect((await rig.ps()).map((row) => row.pid)).toEqual(mine.map((row) => row.pid));
  expect((await rig.get('/')).status).toBe(200);
});

test('ports stay the same from run to run', async () => {
  await using rig = await createRig(FILES);
  await rig.up();
  const before = (await rig.ps()).map((row) => row.port);
  await rig.ok(['down']);
  await rig.up();
  expect((await rig.ps()).map((row) => row.port)).toEqual(before);
});
