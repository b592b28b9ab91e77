/** What every request passes, in this order. A new stage is a file beside these and a line here. */
import { crossSite } from './cross-site.ts';
import { host } from './host.ts';
import { loop } from './loop.ts';
import { method } from './method.ts';
import { route } from './route.ts';
import type { Passage, Stage, Verdict } from './stage.ts';

export const STAGES: readonly Stage[] = [
  /** Before anything is believed: which names this port answers for. */
  host,
  /** Edges only: no web page of another site. */
  crossSite,
  /** Methods the gateway answers itself. */
  method,
  /** Circles end here. */
  loop,
  /** Which service, under which path. */
  route,
];

/** The first verdict that is not a pass, or null. */
export function passStages(passage: Passage): Verdict {
  for (const stage of STAGES) {
    const verdict = stage.check(passage);
    if (verdict !== null) return verdict;
  }
  return null;
}
