/** Must-have 20: `config --explain` gives the final value and where it came from: shell > --env-file > .env > file. */
import { expect, test } from 'vitest';
import { createRig } from '../rig/msvc-rig.ts';

const FILES = {
  '.env': 'DB_HOST=from-dot-env\nONLY_DOT_ENV=yes\n',
  'other.env': 'DB_HOST=from-env-file\n',
  'msvc.yaml': `services:
  api:
    command: [node, "\${PUPPET}"]
    port: auto
    environment:
      DB: "\${DB_HOST:-from-default}"
      PLAIN: "\${NOBODY:-from-default}"
`,
};

test('the chain of sources', async () => {
  await using rig = await createRig(FILES);
  const explain = async (name: string, args: string[] = [], env = {}) =>
    (await rig.ok(['config', '--explain', `api.environment.${name}`, ...args], { env })).stdout;

  const shell = await explain('DB', ['--env-file', 'other.env'], { DB_HOST: 'from-shell' });
  expect(shell).toContain('from-shell');
  expect(shell).toMatch(/msvc\.yaml:6/);
  expect(shell).toMatch(/shell/);
  expect(await explain('DB', ['--env-file', 'other.env'])).toMatch(/from-env-file[\s\S]*other\.env/);
  expect(await explain('DB')).toMatch(/from-dot-env[\s\S]*\.env/);
  expect(await explain('PLAIN')).toMatch(/from-default/);
});

test('it is the value the service gets', async () => {
  await using rig = await createRig(FILES);
  await rig.ok(['up', '-d', '--wait', '--env-file', 'other.env']);
  const entries = (await rig.ok(['env', 'api', '--json'])).json<{ name: string; value: string }[]>();
  expect(entries).toContainEqual(expect.objectContaining({ name: 'DB', value: 'from-env-file' }));
  const port = (await rig.ps())[0]?.port;
  expect((await rig.get(`http://127.0.0.1:${port}/env`)).json()).toMatchObject({ DB: 'from-env-file' });
});
