/** Run by the test of the same name: asks a database many things, lets go of it, and has the collector come by. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { queryDatabase } from '../../src/data/index.ts';
import { provision } from '../../src/data/provision.ts';

const dir = mkdtempSync(path.join(tmpdir(), 'msvc-collect-'));
try {
  const file = path.join(dir, 'web.db');
  provision({ service: 'web', spec: { path: file }, busyTimeoutMs: 1000 }, () => {});
  await queryDatabase(file, 'SELECT 1;'.repeat(300));
  // Garbage made in promise reactions: the collections it brings on run between two turns, with no script on the stack.
  for (let turn = 0; turn < 60; turn++) {
    await null;
    const garbage = Array.from({ length: 100_000 }, (_, at) => ({ at, of: [at] }));
    if (garbage.length === 0) throw new Error('unreachable');
    await nextTurn();
  }
} finally {
  rmSync(dir, { recursive: true, force: true });
}
