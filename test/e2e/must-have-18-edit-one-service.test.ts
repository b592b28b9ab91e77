/** Must-have 18: after an edit `up` prints the plan and touches what changed, and who asked to follow it; nobody else. */
import { expect, test } from 'vitest';
import { createRig } from '../rig/msvc-rig.ts';

const FILE = (level: string) => `
services:
  db: { command: [node, "\${PUPPET}"], environment: { LEVEL: ${level} } }
  follows:
    command: [node, "\${PUPPET}"]
    depends_on: { db: { condition: service_healthy, restart: true } }
  api:
    command: [node, "\${PUPPET}"]
    depends_on: { db: { condition: service_healthy } }
  web: { command: [node, "\${PUPPET}"], route: /, calls: [api] }
`;

test('one changed value', async () => {
  await using rig = await createRig({ 'msvc.yaml': FILE('one') });
  await rig.up();
  const pids = async () => Object.fromEntries((await rig.ps()).map((row) => [row.service, row.pid]));
  const before = await pids();

  const nothing = await rig.up();
  expect(`${nothing.stdout}${nothing.stderr}`).toContain('nothing to change');
  expect(await pids()).toEqual(before);

  rig.write('msvc.yaml', FILE('two'));
  const dry = await rig.ok(['up', '--dry-run']);
  expect(dry.stdout).toMatch(/replace db \(environment.* changed\)/);
  expect(dry.stdout).toContain('restart follows (after db)');
  expect(await pids()).toEqual(before);

  const up = await rig.up();
  expect(`${up.stdout}${up.stderr}`).toMatch(/replace db \(environment.* changed\)/);
  const after = await pids();
  expect(after.db).not.toBe(before.db);
  expect(after.follows).not.toBe(before.follows);
  expect({ api: after.api, web: after.web }).toEqual({ api: before.api, web: before.web });
  expect((await rig.ok(['env', 'db', '--json'])).json<{ name: string; value: string }[]>()).toContainEqual(
    expect.objectContaining({ name: 'LEVEL', value: 'two' }),
  );
});

test('a service more, one less, a scaled one: the rest stays', async () => {
  await using rig = await createRig({
    'msvc.yaml': `
services:
  a: { command: [node, "\${PUPPET}"] }
  b: { command: [node, "\${PUPPET}"] }
  c: { command: [node, "\${PUPPET}"] }
`,
  });
  await rig.up();
  const before = await rig.ps();
  rig.write(
    'msvc.yaml',
    `
services:
  a: { command: [node, "\${PUPPET}"] }
  c: { command: [node, "\${PUPPET}"], replicas: 2 }
  d: { command: [node, "\${PUPPET}"] }
`,
  );
  await rig.up();
  const after = await rig.ps();
  expect(after.map((row) => `${row.service}.${row.replica}`).sort()).toEqual(['a.1', 'c.1', 'c.2', 'd.1']);
  const pid = (rows: typeof before, service: string) =>
    rows.find((row) => row.service === service && row.replica === 1)?.pid;
  expect(pid(after, 'a')).toBe(pid(before, 'a'));
  expect(pid(after, 'c')).toBe(pid(before, 'c'));
});

test('a wrong file changes nothing: exit 3', async () => {
  await using rig = await createRig({ 'msvc.yaml': FILE('one') });
  await rig.up();
  const before = (await rig.ps()).map((row) => row.pid);
  rig.write('msvc.yaml', 'services: { db: { comand: x } }\n');
  expect((await rig.msvc(['up', '-d', '--wait'])).code).toBe(3);
  expect((await rig.ps()).map((row) => row.pid)).toEqual(before);
});
