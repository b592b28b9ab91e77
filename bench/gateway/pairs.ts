/**
 * Two proxies held against one another in short turns right beside one another, over connections that stay open: the
 * speed of a shared machine swings within seconds, and what it does to one of a pair it does to the other.
 */
import type { BenchContext } from '../harness/bench.ts';
import { median } from '../harness/stats.ts';
import type { RunningProxy } from '../proxies/proxy.ts';
import { type Load, type LoadFigures, openLoad } from './load.ts';

export const TURN_MS = 250;
/** In one round of one kind of load; even, so that each of the two is the first as often as the other. */
export const PAIRS = 6;

/** What was measured side by side, by name of the proxy. */
export type Figures = Readonly<Record<string, LoadFigures>>;

/** @param warmMs for how long each is asked before anything is counted */
export async function measurePairs(
  { work, quick }: BenchContext,
  proxies: readonly RunningProxy[],
  load: Load,
  warmMs?: number,
): Promise<Figures[]> {
  const pair = [];
  for (const proxy of proxies) pair.push({ ...proxy, load: await openLoad(work, proxy.port, load, warmMs) });
  const all: Figures[] = [];
  try {
    while (all.length < (quick ? 2 : PAIRS)) {
      const figures: Record<string, LoadFigures> = {};
      for (const { name, load, cpuUs } of pair) figures[name] = await load.turn(TURN_MS, cpuUs);
      all.push(figures);
      // Who was second is the first of the next: what changes evenly cancels out.
      pair.reverse();
    }
  } finally {
    await Promise.all(pair.map(({ load }) => load.close()));
  }
  return all;
}

/** How many times that of `base` the figure of `name` is: the median of what each pair says. */
export function pairedRatio(
  all: readonly Figures[],
  name: string,
  base: string,
  of: (figures: LoadFigures) => number,
): number {
  const pairs = all.filter((figures) => figures[name] && figures[base]);
  return median(pairs.map((figures) => of(figures[name]!) / of(figures[base]!)));
}
