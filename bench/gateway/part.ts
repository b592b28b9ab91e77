/** One part of the gateway's benchmark: measures with proxies of its own and leaves none behind. Types only. */
import type { Section } from '../harness/bench.ts';

export type Part = Pick<Section, 'tables' | 'goals' | 'skipped'>;
