/** An engine's process begins before its project is known: it must not outlive the command that never told it. */
import { type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Duplex, Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { FIRST_CONNECTION, type Start } from '../../src/control/engine-start.ts';
import { REPOSITORY } from '../rig/cli.ts';
import { createRig } from '../rig/msvc-rig.ts';
import { within } from '../rig/wait.ts';

async function leaveWithoutAWord(stdio: SpawnOptions['stdio']): Promise<{ code: number | null; said: string }> {
  const engine = spawn(process.execPath, [path.join(REPOSITORY, 'dist/control/engine-main.js')], { stdio });
  let said = '';
  for (const stream of engine.stdio.slice(1)) {
    stream?.on('data', (chunk) => {
      said += chunk;
    });
  }
  engine.stdin?.destroy();
  const [code] = (await once(engine, 'close')) as [number | null];
  return { code, said };
}

test('one that came up ends by itself when its command has died without asking for anything, though others look at it', async () => {
  await using rig = await createRig({ 'msvc.yaml': 'services: { web: { command: [node, "${PUPPET}"] } }' });
  const engine = spawn(process.execPath, [path.join(REPOSITORY, 'dist/control/engine-main.js')], {
    cwd: rig.dir,
    env: rig.env,
    stdio: ['pipe', 'ignore', 'ignore', 'pipe'],
  });
  const ended = once(engine, 'exit');
  const start: Start = { name: 'p', dir: rig.dir, stateDir: rig.path('.msvc'), file: rig.path('msvc.yaml') };
  (engine.stdin as Writable).end(JSON.stringify(start));
  const command = engine.stdio[FIRST_CONNECTION] as Duplex;
  expect(String(await once(command, 'data'))).toContain('"started":true');
  const look = rig.start(['events', '--follow']);
  await look.until('engine');
  // It has been given nothing yet, and nothing is not what a wait is for.
  expect((await rig.msvc(['wait', '--timeout', '0'])).code).toBe(6);
  command.destroy();
  look.signal('SIGINT');
  await look.exited;
  expect(await within(ended, () => 'its end', 12_000)).toEqual([0, null]);
});

test('it ends when the command that began it ends without a word', async () => {
  expect(await leaveWithoutAWord(['pipe', 'pipe', 'pipe', 'pipe'])).toEqual({ code: 0, said: '' });
});

test('so does one whose thread has begun, since it has a file for its last words', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'standby-'));
  const file = path.join(folder, 'engine.log');
  const log = openSync(file, 'a');
  try {
    expect(await leaveWithoutAWord(['pipe', log, log, 'pipe'])).toEqual({ code: 0, said: '' });
    expect(readFileSync(file, 'utf8')).toBe('');
  } finally {
    closeSync(log);
    rmSync(folder, { recursive: true });
  }
});
