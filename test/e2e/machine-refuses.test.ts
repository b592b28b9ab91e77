/**
 * What the machine refuses is an error or a notice with a name and a way out: no permission, no more inotify watches, a
 * full disk, a folder that is mounted for reading alone.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { expect, type TestContext, test } from 'vitest';
import { MSVC } from '../rig/cli.ts';
import { createRig } from '../rig/msvc-rig.ts';
import { lacks, skipIf } from '../rig/skip.ts';
import { eventually } from '../rig/wait.ts';

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
  await rig.ok(['down']);

  // It is not the disk that is full.
  const watching = limited(
    `echo 0 > /proc/sys/user/max_inotify_watches; exec "${process.execPath}" "${MSVC}" up --no-tui --watch-config`,
  );
  const refused = spawnSync('unshare', watching, { cwd: rig.dir, env, encoding: 'utf8' });
  expect(refused).toMatchObject({ status: 4, stderr: expect.stringContaining('error[MSVC_WATCH_LIMIT]') });
  expect(refused.stderr).toContain('sysctl fs.inotify.max_user_watches');
  expect(rig.processes()).toEqual([]);
  expect(rig.launches('web')).toHaveLength(1);
});

test('a folder that cannot be watched any more ends the watching, not the system', async (context) => {
  const limited = (script: string) => ['-Ur', 'sh', '-c', `echo 1 > /proc/sys/user/max_inotify_watches && ${script}`];
  const allowed = spawnSync('unshare', limited('true')).status === 0;
  skipIf(context, !allowed && 'a user namespace with limits of its own cannot be made here');
  const definition = (more: string) => `services: { web: { command: [node, "\${PUPPET}"], ${more} } }`;
  await using rig = await createRig({ 'msvc.yaml': definition(''), 'conf/web.env': 'FROM_FILE=yes' });
  const env = { ...process.env, ...rig.env };
  const script = `exec "${process.execPath}" "${MSVC}" up --watch-config --no-tui`;
  const up = spawn('unshare', limited(script), { cwd: rig.dir, env, stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  up.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const exited = once(up, 'exit');
  await eventually('it to be up', () => /^web\.1 +ready/m.test(said));
  rig.write('msvc.yaml', definition('env_file: conf/web.env'));
  await eventually('the watching to end', () => said.includes('not watched any more: ENOSPC'));
  await eventually('the definition to be in force', async () =>
    (await rig.ok(['env', 'web'])).stdout.includes('FROM_FILE'),
  );
  expect(await rig.ps()).toMatchObject([{ service: 'web' }]);
  await rig.ok(['down']);
  await exited;
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
  // Nor does anything else take it for msvc's own.
  expect(await rig.msvc(['logs'])).toMatchObject({ code: 0, stdout: '', stderr: '' });
  expect((await rig.msvc(['down', '-v'])).code).toBe(0);
  expect(rig.read('.msvc')).toBe('');
  expect(rig.processes()).toEqual([]);
});

/** A file system of its own on the folder, until the test is over. Skips where this user may not mount. */
function mounted(
  context: TestContext,
  folder: string,
  ...how: string[]
): AsyncDisposable & { again(how: string): void } {
  mkdirSync(folder, { recursive: true });
  const mount = (...args: string[]) => spawnSync('mount', [...args, folder], { encoding: 'utf8' });
  const { status, stderr, error } = mount(...how);
  skipIf(context, status !== 0 && `nothing can be mounted here: ${error?.message ?? stderr.trim()}`);
  return {
    again: (options) => void expect(mount('-o', `remount,${options}`).stderr).toBe(''),
    [Symbol.asyncDispose]: async () => void spawnSync('umount', ['-l', folder]),
  };
}

/** Takes all the room there is. */
function fill(file: string): void {
  const fd = openSync(file, 'w');
  try {
    for (let size = 65_536; size >= 1; size = Math.floor(size / 2)) {
      for (;;) {
        try {
          if (writeSync(fd, Buffer.alloc(size, 120)) < size) break;
        } catch {
          break;
        }
      }
    }
  } finally {
    closeSync(fd);
  }
}

test('a full disk: nothing is begun on it; what runs goes on, says what it lost, and writes again when there is room', async (context) => {
  await using rig = await createRig({
    'msvc.yaml': 'services: { web: { command: [node, "${PUPPET}"], port: auto, route: / } }',
  });
  await using _disk = mounted(context, rig.path('.msvc'), '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs');
  const filler = rig.path('.msvc/filler');
  fill(filler);
  const refused = await rig.msvc(['up', '-d', '--wait']);
  expect(refused.code).toBe(4);
  expect(refused.stderr).toContain('error[MSVC_DISK_FULL]');
  expect(refused.stderr).toContain(rig.path('.msvc'));
  expect(refused.stderr).toContain('hint:');
  expect(rig.launches('web')).toEqual([]);
  expect(rig.processes()).toEqual([]);

  rmSync(filler);
  await rig.up();
  const events = rig.events();
  const web = await rig.puppet('web');
  await web.tell('say', { line: 'before' });
  fill(filler);
  await web.tell('say', { line: 'x'.repeat(200_000) });
  const notice = await events.until('engine.noticed', { code: 'log-write-failed' });
  expect(notice.facts).toMatchObject({ service: 'web', errno: 'ENOSPC' });
  expect((await rig.get('/')).status).toBe(200);
  await rig.ok(['restart', 'web']);
  expect((await rig.get('/')).status).toBe(200);

  rmSync(filler);
  const next = rig.launches('web').at(-1)!;
  await eventually('the log to be written again', async () => {
    await next.tell('say', { line: 'after' });
    return (await rig.ok(['logs', 'web'])).stdout.includes('after');
  });
  expect((await rig.ok(['logs', 'web'])).stdout).toMatch(/\d+ lines? lost: ENOSPC/);
  await rig.ok(['down']);
});

test('a state folder that is mounted for reading alone', async (context) => {
  await using rig = await createRig({
    'msvc.yaml': 'services: { web: { command: [node, "${PUPPET}"], port: auto } }',
  });
  await using disk = mounted(context, rig.path('.msvc'), '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs');
  disk.again('ro');
  const up = await rig.msvc(['up', '-d', '--wait']);
  expect(up.code).toBe(4);
  expect(up.stderr).toContain('error[MSVC_STATE_UNWRITABLE]');
  expect(up.stderr).toContain(rig.path('.msvc'));
  expect(rig.launches('web')).toEqual([]);
  expect(rig.processes()).toEqual([]);
  disk.again('rw');
  await rig.up();
});
