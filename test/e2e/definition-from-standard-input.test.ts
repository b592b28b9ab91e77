/** `-f -` takes the definition from standard input; later commands find the system by its folder. */
import { expect, test } from 'vitest';
import { createRig } from '../rig/msvc-rig.ts';

const DEFINITION = `
services:
  web:
    command: [node, "\${PUPPET}"]
    route: /
    working_dir: app
`;

test('up, ps, down without a file', async () => {
  await using rig = await createRig({ 'app/empty': '' });
  await rig.ok(['-f', '-', 'up', '-d', '--wait'], { input: DEFINITION });
  const [row] = await rig.ps();
  expect(row).toMatchObject({ service: 'web', state: 'ready' });
  expect((await rig.get('/')).status).toBe(200);
  await rig.ok(['-f', '-', 'up', '-d', '--wait'], { input: DEFINITION });
  expect((await rig.ps())[0]?.pid).toBe(row?.pid);

  const wrong = await rig.msvc(['-f', '-', 'up', '-d'], { input: DEFINITION.replace('route', 'rute') });
  expect(wrong.code).toBe(3);
  expect(wrong.stderr).toContain('-:5:5');
  expect(wrong.stderr).toContain('rute: /');
  expect((await rig.msvc(['-f', '-', 'up', '-d'], { input: '' })).stderr).toContain('the file is empty');
  await rig.ok(['down']);
  expect((await rig.msvc(['ps'])).code).toBe(3);
});
