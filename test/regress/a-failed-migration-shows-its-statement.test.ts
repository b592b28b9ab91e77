/** All but `restart` and `db migrate` said only `1.sql: no such table: zzz`, and pointed at logs in which nothing stood. */
import { expect, test } from 'vitest';
import { createRig } from '../rig/msvc-rig.ts';

const SQL = 'create table a(x);\n\ninsert into zzz\n values (1);\n';
const WHAT = 'no such table: zzz, in `insert into zzz values (1);`';

test.each([
  ['migration', 'migrations: m', 'm/1.sql:3'],
  ['seed', 'seed: m/1.sql', 'm/1.sql:3'],
])('a %s: `up --wait`, `up`, `ps`, `why` and `wait` show file, line and statement', async (_kind, database, place) => {
  await using rig = await createRig({
    'msvc.yaml': `services: { api: { command: sleep 1000, database: { ${database} } } }`,
    'm/1.sql': SQL,
  });
  rig.expectFile('.msvc/data');
  const told = `${place}: ${WHAT}`;
  const hint = 'nothing of the file was applied: correct it, and `msvc up` tries again';

  const up = await rig.msvc(['up', '-d', '--wait']);
  expect(up.code).toBe(1);
  expect(up.stderr).toContain(`failed: ${told}`);
  expect(up.stderr).toContain(`hint: ${hint}`);
  expect(up.stderr).not.toContain('msvc logs');

  expect((await rig.msvc(['ps'])).stdout).toContain(place);
  expect(await rig.ps()).toMatchObject([{ reason: told }]);
  expect((await rig.msvc(['wait', '--json'])).json()).toMatchObject({ services: [{ reason: told }] });
  expect((await rig.ok(['why', 'api'])).stdout).toContain(told);
  const again = await rig.msvc(['up', '-d', '--wait', '--json']);
  expect(JSON.parse(again.stderr)).toMatchObject({ error: { hint } });

  await rig.ok(['down']);
  const attached = await rig.msvc(['up', '--abort-on-failure']);
  expect(attached.code).toBe(1);
  expect(attached.stdout + attached.stderr).toContain(told);
  expect(attached.stdout + attached.stderr).toContain(hint);
});
