/**
 * The promise, counted: restart, scaling up and down, reload on save and the crash of a replica (of the only one, too),
 * one after the other under constant load, without one failed request. The short form of test/long/soak.test.ts.
 */
import { expect, test } from 'vitest';
import { type Hardship, Hardships, SYSTEM } from '../long/hardship.ts';
import { Random } from '../long/random.ts';
import { createRig } from '../rig/msvc-rig.ts';

const ALL: readonly Hardship[] = ['restart', 'kill', 'save', 'scale', 'kill', 'leave', 'scale', 'kill', 'restart'];

test('no request fails while replicas restart, come, go, reload and crash', async () => {
  await using rig = await createRig(SYSTEM);
  await rig.up();
  const hardships = await Hardships.begin(rig, rig.events(), new Random(), 100);
  for (const kind of ALL) await hardships.one(kind);
  await hardships.settle();
  const report = await hardships.end();
  expect(report.failed).toEqual([]);
  expect(report.ok).toBeGreaterThan(100);
  expect(hardships.counts).toEqual({ save: 1, scale: 2, restart: 2, kill: 3, leave: 1 });
});
