/** The rig's own parts: a proof that something is gone is worth nothing unless it finds what is not. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { fetchOnce } from './http.ts';
import { listenersOf, stillListening } from './leftovers.ts';
import { Load } from './load.ts';
import { createRig, PUPPET } from './msvc-rig.ts';
import { lacks, skipIf } from './skip.ts';
import { eventually } from './wait.ts';

function launch(rig: { env: Readonly<Record<string, string>>; dir: string }, ...flags: string[]) {
  const env = { ...rig.env, MSVC_SERVICE: 'a', MSVC_REPLICA: '2', PORT: '0', HOST: '127.0.0.1' };
  return spawn(process.execPath, [PUPPET, ...flags], { env, cwd: rig.dir, stdio: ['ignore', 'pipe', 'pipe'] });
}

test('a puppet tells its launch, does what it is told and stops on SIGTERM', async () => {
  await using rig = await createRig({ 'version.txt': 'one\n' });
  const child = launch(rig, '--listen-later', '--version-file', 'version.txt');
  const puppet = await rig.puppet('a', 2);
  expect(puppet.hello).toMatchObject({ service: 'a', replica: 2, pid: child.pid, version: 'one' });

  const port = await puppet.tell('listen');
  const url = `http://127.0.0.1:${port}`;
  expect((await fetchOnce(`${url}/healthz`)).status).toBe(200);
  await puppet.tell('ready', { value: false });
  expect((await fetchOnce(`${url}/healthz`)).status).toBe(503);

  const held = fetchOnce(`${url}/hold`);
  await puppet.notice('request', (one) => one.path === '/hold');
  child.kill('SIGTERM');
  await puppet.notice('signal');
  await puppet.tell('release');
  expect((await held).json()).toMatchObject({ service: 'a', replica: 2 });
  await puppet.gone;
});

test('what is left behind is found: a grandchild in a session of its own, its socket, a stray file', async () => {
  const rig = await createRig({});
  const child = launch(rig);
  const puppet = await rig.puppet('a');
  const { port } = await puppet.notice('listening');
  const grandchild = await puppet.tell('leak', { setsid: true });
  const listeners = listenersOf(rig.processes());
  if (process.platform === 'linux') expect(listeners.map((one) => one.port)).toEqual([port]);

  child.kill('SIGKILL');
  await once(child, 'exit');
  writeFileSync(path.join(rig.dir, 'stray.txt'), '');
  writeFileSync(path.join(rig.runtimeDir, 'x.sock'), '');
  await eventually('the socket to close', () => stillListening(listeners).length === 0);
  expect(rig.leftovers().join('\n')).toMatch(
    new RegExp(`process ${grandchild}: .*runtime folder: x.sock.*in the project: stray.txt`, 's'),
  );
  await expect(rig[Symbol.asyncDispose]()).rejects.toThrow(/left behind.*process/s);
  await eventually('the grandchild to be gone', () => rig.processes().length === 0);
});

test('load counts every answer and every failure', async () => {
  await using rig = await createRig({});
  const child = launch(rig);
  const { port } = await (await rig.puppet('a')).notice('listening');
  const url = `http://127.0.0.1:${port}/`;
  for (const keepAlive of [true, false]) {
    const load = new Load({ url, keepAlive, perSecond: 500 });
    await load.more(20);
    const report = await load.stop();
    expect(report.failed).toEqual([]);
    expect(report.servedBy).toEqual({ [`a.2 ${child.pid} -`]: report.ok });
  }
  const load = new Load({ url, perSecond: 500 });
  await load.more(5);
  child.kill('SIGKILL');
  await once(child, 'exit');
  await load.more(5);
  expect((await load.stop()).failed.length).toBeGreaterThanOrEqual(5);
});

test('a terminal shows what a person sees', async (context) => {
  skipIf(context, lacks('tmux'));
  await using rig = await createRig({});
  const terminal = await rig.terminal({ columns: 60, rows: 10 });
  await terminal.enter('tput cols; sleep 1000');
  await terminal.until('the width', (screen) => screen.includes('\n60\n'));
  await terminal.press('C-c');
  await terminal.untilPrompt();
});
