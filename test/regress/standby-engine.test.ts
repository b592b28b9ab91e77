/** An engine's process begins before its project is known: it must not outlive the command that never told it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { expect, test } from 'vitest';
import { REPOSITORY } from '../rig/cli.ts';

test('it ends when the command that began it ends without a word', async () => {
  const engine = spawn(process.execPath, [path.join(REPOSITORY, 'dist/control/engine-main.js')], {
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of engine.stdio.slice(1)) {
    stream?.on('data', (chunk) => {
      said += chunk;
    });
  }
  engine.stdin.destroy();
  const [code] = await once(engine, 'close');
  expect({ code, said }).toEqual({ code: 0, said: '' });
});
