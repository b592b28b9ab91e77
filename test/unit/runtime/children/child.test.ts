import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { startChild } from '../../../../src/runtime/children/child.ts';
import { tempDir } from '../support.ts';

test('what a child has no room for follows when it has, in order', async () => {
  const dir = tempDir();
  const child = startChild({
    file: '/bin/sh',
    argv: ['sh', '-c', 'exec cat > taken'],
    cwd: dir,
    environment: {},
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  process.kill(child.pid!, 'SIGSTOP');
  const lines = Array.from({ length: 20_000 }, (_, number) => `+ ${number} ${'.'.repeat(40)}\n`);
  for (const line of lines) child.write(0, line);
  process.kill(child.pid!, 'SIGCONT');
  child.end(0)!.end();
  expect(await child.exited).toEqual({ code: 0, signal: null });
  expect(readFileSync(path.join(dir, 'taken'), 'utf8')).toBe(lines.join(''));
  child.write(0, 'too late\n');
});
