/** What the machine refuses is an error or a notice with a name and a way out: no permission, no more inotify watches. */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { MSVC } from '../rig/cli.ts';
import { createRig } from '../rig/msvc-rig.ts';
import { lacks, skipIf } from '../rig/skip.ts';

/** For root no permission counts: then as root without that privilege. */
const asSomebody = process.getuid?.() === 0 ? ['setpriv', '--bounding-set=-dac_override,-dac_read_search'] : [];

test('a database folder that may not be written', async (context) => {
  skipIf(context, asSomebody.length > 0 && lacks('setpriv'));
  await using rig = await createRig({
    'msvc.yaml': 'services: { web: { command: [node, "${PUPPET}"], port: auto, database: true } }',
  });
  const runtime = rig.path('runtime');
  for (const folder of [runtime, rig.path('.msvc'), rig.path('.msvc/data')]) mkdirSync(folder, { mode: 0o700 });
  chmodSync(rig.path('.msvc/data'), 0o500);
  const msvc = (...args: string[]) => {
    const [program = '', ...rest] = [...asSomebody, process.execPath, MSVC, ...args];
    const env = { ...process.env, ...rig.env, XDG_RUNTIME_DIR: runtime, HOME: runtime };
    return spawnSync(program, rest, { cwd: rig.dir, env, encoding: 'utf8' });
  };
  const up = msvc('up', '-d', '--wait');
  expect(up.stdout + up.stderr).toMatch(/web.*(cannot be written|permission denied|EACCES)/i);
  expect(up.stderr).toContain('.msvc/data');
  expect(up.status).toBe(1);
  expect(msvc('down').status).toBe(0);
  chmodSync(rig.path('.msvc/data'), 0o700);
});

test('no more inotify watches', async (context) => {
  const limited = (script: string): string[] => [
    '-Ur',
    'sh',
    '-c',
    `echo 3 > /proc/sys/user/max_inotify_watches && ${script}`,
  ];
  const allowed = spawnSync('unshare', limited('true')).status === 0;
  skipIf(context, !allowed && 'a user namespace with limits of its own cannot be made here');
  await using rig = await createRig({
    'msvc.yaml': `
services:
  web:
    command: [node, "\${PUPPET}"]
    port: auto
    develop: { watch: [{ path: src, action: restart }] }
`,
    'src/a/x.js': '',
    'src/b/x.js': '',
    'src/c/x.js': '',
    'src/d/x.js': '',
  });
  const env = { ...process.env, ...rig.env };
  execFileSync('unshare', limited(`exec "${process.execPath}" "${MSVC}" up -d --wait`), { cwd: rig.dir, env });
  const [row] = await rig.ps();
  expect(row).toMatchObject({ service: 'web', state: 'ready' });
  const events = rig.events();
  const notice = await events.until('engine.noticed', { code: 'watch-failed' });
  expect(notice.facts).toMatchObject({ errno: 'ENOSPC', setting: 'fs.inotify.max_user_watches', services: ['web'] });
  expect((await rig.ok(['events'])).stdout).toContain('sysctl fs.inotify.max_user_watches');
});

test('a file where .msvc is to be', async () => {
  await using rig = await createRig({
    'msvc.yaml': 'services: { web: { command: [node, "${PUPPET}"] } }',
    '.msvc': '',
  });
  const up = await rig.msvc(['up', '-d']);
  expect(up.code).toBe(4);
  expect(up.stderr).toContain('error[MSVC_STATE_UNWRITABLE]');
  expect(up.stderr).toContain('something else has its name');
});
