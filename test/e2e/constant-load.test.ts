/**
 * The promise, counted: what a system goes through in a day, one thing after the other under constant load, without one
 * failed request. The same each time; test/long/soak.test.ts leaves it to chance, for longer.
 */
import { expect, test } from 'vitest';
import { type Hardship, Hardships, SYSTEM } from '../long/hardship.ts';
import { Random } from '../long/random.ts';
import { createRig } from '../rig/msvc-rig.ts';

const SEED = 20;

test.each<[string, readonly Hardship[]]>([
  ['restart', ['restart', 'restart', 'restart']],
  ['come and go', ['scale', 'scale', 'scale', 'scale']],
  ['reload', ['save', 'save']],
  ['crash', ['scale', 'kill', 'kill', 'kill']],
  ['lose a client in the middle of a stream', ['leave', 'leave']],
  ['go through all of it', ['restart', 'kill', 'save', 'scale', 'kill', 'leave', 'scale', 'kill', 'restart']],
])('no request fails while replicas %s', async (_what, all) => {
  await using rig = await createRig(SYSTEM);
  await rig.up();
  const hardships = await Hardships.begin(rig, rig.events(), new Random(SEED, true), 100);
  for (const kind of all) await hardships.one(kind);
  await hardships.settle();
  const report = await hardships.end();
  expect(report.failed).toEqual([]);
  expect(report.ok).toBeGreaterThan(20);
  for (const kind of Object.keys(hardships.counts) as Hardship[]) {
    expect(hardships.counts[kind], kind).toBe(all.filter((one) => one === kind).length);
  }
});
