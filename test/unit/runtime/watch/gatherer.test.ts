import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { WatchRule } from '../../../../src/model/project.ts';
import { Gatherer, QUIET_MS } from '../../../../src/runtime/watch/gatherer.ts';

const RULE: WatchRule = { path: '/', action: 'restart', ignore: [], include: [] };
const HERE = import.meta.filename;

let told: string[][];
let gatherer: Gatherer;

beforeEach(() => {
  vi.useFakeTimers();
  told = [];
  gatherer = new Gatherer({ tell: (_rule, files) => told.push(files), isBusy: () => false });
});
afterEach(() => {
  gatherer.stop();
  vi.useRealTimers();
});

/** Files told once it has been quiet for so long. */
async function afterQuiet(ms: number): Promise<number[]> {
  await vi.advanceTimersByTimeAsync(ms);
  return told.map((files) => files.length);
}

it('a saved file is told sooner than one that is new, and both sooner than many', async () => {
  expect(QUIET_MS.save).toBeLessThan(QUIET_MS.few);
  expect(QUIET_MS.few).toBeLessThan(QUIET_MS.storm);
  gatherer.add(RULE, HERE, false);
  expect(await afterQuiet(QUIET_MS.save - 1)).toEqual([]);
  expect(await afterQuiet(2)).toEqual([1]);

  told = [];
  gatherer.add(RULE, HERE, true);
  expect(await afterQuiet(QUIET_MS.few - 1)).toEqual([]);
  expect(await afterQuiet(2)).toEqual([1]);

  told = [];
  for (let n = 0; n < 20; n++) gatherer.add(RULE, `/${n}`, false);
  expect(await afterQuiet(QUIET_MS.storm - 1)).toEqual([]);
  expect(await afterQuiet(2)).toEqual([20]);
});

it('a second file within the quiet of a save makes it a change of few files', async () => {
  gatherer.add(RULE, '/a', false);
  await vi.advanceTimersByTimeAsync(QUIET_MS.save - 1);
  gatherer.add(RULE, '/b', false);
  expect(await afterQuiet(QUIET_MS.few - 1)).toEqual([]);
  expect(await afterQuiet(2)).toEqual([2]);
});

it('a file that is written all the time holds nothing back for ever', async () => {
  for (let n = 0; n < 300 && told.length === 0; n++) {
    gatherer.add(RULE, HERE, false);
    await vi.advanceTimersByTimeAsync(QUIET_MS.save / 2);
  }
  expect(told).toEqual([[HERE]]);
});

it('what came and went in between has changed nothing', async () => {
  gatherer.add(RULE, '/no/such/file', true);
  expect(await afterQuiet(QUIET_MS.storm)).toEqual([]);
});
