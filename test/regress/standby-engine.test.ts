/** An engine's process begins before its project is known: it must not outlive the command that never told it. */
import { type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { REPOSITORY } from '../rig/cli.ts';

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
