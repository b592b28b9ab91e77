/** `exec` and `run`: the child's end is msvc's end; and files watched for `--watch-config`. */
import { mkdirSync, mkdtempSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { FileWatch } from '../../../src/cli/attach/watch-files.ts';
import { runChild } from '../../../src/cli/child.ts';

const node = (code: string, env: Record<string, string> = {}) =>
  runChild({ command: process.execPath, args: ['-e', code], cwd: tmpdir(), env });

test('exit codes and signals are passed on', async () => {
  expect(await node('process.exit(7)')).toBe(7);
  expect(await node('process.kill(process.pid, "SIGTERM"); setInterval(() => {}, 1000)')).toBe(143);
});

test('it gets the environment it is given, and nothing beside', async () => {
  expect(await node('process.exit(process.env.A === "1" && !process.env.HOME ? 0 : 1)', { A: '1' })).toBe(0);
});

test('what is not there is an error that names it', async () => {
  const running = runChild({ command: 'no-such-program-here', args: [], cwd: tmpdir(), env: { PATH: '/bin' } });
  await expect(running).rejects.toMatchObject({ code: 'MSVC_INTERPRETER_MISSING' });
});

test('a folder to run in that is none is an error that names it', async () => {
  for (const cwd of [import.meta.filename, path.join(tmpdir(), 'no-such-folder')]) {
    const running = runChild({ command: 'true', args: [], cwd, env: { PATH: '/bin' } });
    await expect(running).rejects.toMatchObject({ code: 'MSVC_WORKING_DIR_MISSING', facts: { workingDir: cwd } });
  }
});

test('what the system refuses is an error of ours, though Node throws it', async () => {
  const argument = 'x'.repeat(4 * 1024 * 1024);
  const running = runChild({ command: 'true', args: [argument], cwd: tmpdir(), env: { PATH: '/bin:/usr/bin' } });
  await expect(running).rejects.toMatchObject({ code: 'MSVC_LAUNCH_FAILED' });
});

test('a folder on the PATH that cannot be looked into does not hide that it is not there', async () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'msvc-path-'));
  const [closed, loop] = [path.join(dir, 'closed'), path.join(dir, 'loop')];
  mkdirSync(closed, { mode: 0o000 });
  // To root no folder is closed, but nobody gets behind a link that leads to itself.
  symlinkSync(loop, loop);
  try {
    const env = { PATH: `${closed}:${loop}:/bin` };
    const running = runChild({ command: 'no-such-program-here', args: [], cwd: tmpdir(), env });
    await expect(running).rejects.toMatchObject({ code: 'MSVC_INTERPRETER_MISSING' });
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test('a saved file is told, also when the editor puts a new one in its place; others are not', async () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'msvc-watch-'));
  const file = path.join(dir, 'msvc.yaml');
  writeFileSync(file, 'a');
  let told: () => void = () => {};
  let calls = 0;
  const next = (): Promise<void> =>
    new Promise((resolve) => {
      told = resolve;
    });
  // Saved while the definition was read, before anything was watched.
  const early = next();
  const watcher = new FileWatch([{ path: file, isThere: true }]);
  const onChange = async (): Promise<void> => {
    calls++;
    told();
  };
  watcher.tell(onChange, statSync(file).mtimeMs);
  try {
    await early;
    const first = next();
    writeFileSync(file, 'b');
    await first;
    const second = next();
    writeFileSync(path.join(dir, 'other'), 'x');
    writeFileSync(path.join(dir, 'fresh'), 'c');
    renameSync(path.join(dir, 'fresh'), file);
    await second;
    expect(calls).toBe(3);
  } finally {
    await watcher.close();
    rmSync(dir, { recursive: true });
  }
});
