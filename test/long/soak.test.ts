/**
 * A day of work in ten minutes (SOAK_MINUTES says otherwise): saves, scaling, restarts, replicas killed at random and
 * clients that leave, under constant load. No idempotent request fails, and nothing grows: neither memory nor threads as
 * long as the load lasts; and once it is over and idle connections have closed, no socket and no other descriptor is held
 * that was not held before. Its short form is test/e2e/constant-load.test.ts.
 */
import { expect, test } from 'vitest';
import { createRig } from '../rig/msvc-rig.ts';
import { lacks, skipIf } from '../rig/skip.ts';
import { type Hardship, Hardships, SYSTEM } from './hardship.ts';
import { lasting, type ProcessSize, sizeAtRest, sizeOf } from './process-size.ts';
import { Random } from './random.ts';

const MINUTES = Number(process.env.SOAK_MINUTES ?? 10);
const KINDS: readonly Hardship[] = ['save', 'scale', 'restart', 'kill', 'kill', 'kill', 'leave'];
/** Looks at its size, evenly over the time; the first third is warm-up. */
const LOOKS = 12;

test('no failed request and no growth', async (context) => {
  skipIf(context, process.platform !== 'linux' && 'reads /proc');
  skipIf(context, lacks('ps'));
  const random = new Random();
  await using rig = await createRig(SYSTEM);
  await rig.up();
  const engine = (await rig.engine())?.enginePid as number;
  const hardships = await Hardships.begin(rig, rig.events(), random, 100);
  // What is opened once for good is open when each has happened once.
  for (const kind of new Set(KINDS)) await hardships.one(kind);
  await hardships.settle();
  expect((await hardships.end()).failed).toEqual([]);
  const before = await sizeAtRest(engine);
  await hardships.resume();
  const sizes: ProcessSize[] = [];
  const begun = Date.now();
  for (let look = 1; look <= LOOKS; look++) {
    do await hardships.one(random.of(KINDS));
    while (Date.now() - begun < (MINUTES * 60_000 * look) / LOOKS);
    await hardships.settle();
    sizes.push(sizeOf(engine));
  }
  const report = await hardships.end();
  const after = await sizeAtRest(engine);
  const third = LOOKS / 3;
  const [early, late] = [lasting(sizes.slice(third, 2 * third)), lasting(sizes.slice(2 * third))];
  const leaves = [...hardships.leaveMs].sort((a, b) => a - b);
  process.stderr.write(
    [
      `${report.ok} requests well, ${report.failed.length} failed; ${JSON.stringify(hardships.counts)}`,
      `clients that left: passed on after ${leaves[leaves.length >> 1]?.toFixed(1)} ms (median), ${leaves.at(-1)?.toFixed(1)} ms at most`,
      ...[before, ...sizes, after].map((size) => JSON.stringify(size)),
      '',
    ].join('\n'),
  );
  expect(report.failed).toEqual([]);
  // The load was there all the time, and so was what it had to bear.
  expect(report.ok).toBeGreaterThan(MINUTES * 60 * 20);
  for (const [kind, count] of Object.entries(hardships.counts)) expect(count, kind).toBeGreaterThan(0);
  expect(late.threads).toBeLessThanOrEqual(early.threads);
  expect(after.files).toBeLessThanOrEqual(before.files);
  // One of each replica that has said something since its file was last renewed.
  expect(after.logs).toBeLessThanOrEqual(4);
  expect(after.sockets).toBeLessThanOrEqual(before.sockets);
  // A leak goes on: from the middle of one third to that of the next it adds what a third of all that happens leaves
  // behind, some 20,000 requests in ten minutes, at 750 bytes each. A dip or a peak at one look moves neither median.
  expect(late.ownMegabytes - early.ownMegabytes).toBeLessThan(15);
});
