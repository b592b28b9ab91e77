import { mkdirSync, readdirSync, utimesSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { createFifoPool } from '../../../../src/runtime/drivers/pipes/fifo-pool.ts';
import { closePipe } from '../../../../src/runtime/drivers/pipes/pipe.ts';
import { tempDir } from '../support.ts';

const linux = process.platform === 'linux';

it('pipes that are reserved again and again are made but once', async () => {
  const pipes = createFifoPool({ dir: tempDir(), spare: 2 });
  const fds = () => (linux ? readdirSync('/proc/self/fd').length : 0);
  pipes.reserve(10);
  closePipe(await pipes.take());
  const before = fds();
  for (let i = 0; i < 20; i++) pipes.reserve(10);
  // More than are ready, twice: what was ordered before has been made by then.
  for (let round = 0; round < 2; round++) {
    for (const ends of await Promise.all(Array.from({ length: 13 }, () => pipes.take()))) closePipe(ends);
  }
  expect(fds()).toBeLessThanOrEqual(before);
  await pipes.close();
});

it('a new pool removes what a killed engine left of a refill, and nothing else', async () => {
  const dir = tempDir();
  const old = new Date(Date.now() - 60_000);
  for (const name of ['msvc-pipes-4194300.123.abc', 'msvc-pipes-4194301.123.young']) mkdirSync(path.join(dir, name));
  utimesSync(path.join(dir, 'msvc-pipes-4194300.123.abc'), old, old);
  mkdirSync(path.join(dir, 'other'));
  await createFifoPool({ dir }).close();
  expect(readdirSync(dir).sort()).toEqual(['msvc-pipes-4194301.123.young', 'other']);
});
