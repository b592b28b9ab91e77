/** Once, on Node 24: a process that had asked a database aborted when the collector took the statements away. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { expect, test } from 'vitest';

test('a process that used a database outlives garbage collection', () => {
  const root = path.resolve(import.meta.dirname, '../..');
  const args = ['scripts/run.mjs', 'test/regress/databases-outlive-collection.ts'];
  const { status, signal, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  expect({ status, signal, stderr }).toEqual({ status: 0, signal: null, stderr: '' });
});
