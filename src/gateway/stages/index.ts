/** What every request passes, in this order. A new stage is a file beside these and a line here. */
import { auth } from './auth.ts';
import { backend } from './backend.ts';
import { cors } from './cors.ts';
import { crossSite } from './cross-site.ts';
import { host } from './host.ts';
import { loop } from './loop.ts';
import { method } from './method.ts';
import { rateLimit } from './rate-limit.ts';
import { redirect } from './redirect.ts';
import { route } from './route.ts';
import type { Passage, Stage, Verdict } from './stage.ts';

const STAGES: readonly Stage[] = [
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
  /** Before anybody is asked who comes: a preflight carries no credentials. */
  cors,
  /** Who comes; what a client says of itself is dropped. */
  auth,
  /** After it, so that only who may come in takes from the allowance. */
  rateLimit,
  redirect,
  /** Which of the services that share the route. */
  backend,
];

/** The first verdict that is not a pass, or null. A promise only where a stage had to wait. */
export function passStages(passage: Passage, from = 0): Verdict | Promise<Verdict> {
  for (let i = from; i < STAGES.length; i++) {
    const verdict = STAGES[i]!.check(passage);
    if (verdict === null) continue;
    if (!(verdict instanceof Promise)) return verdict;
    return verdict.then((late) => late ?? passStages(passage, i + 1));
  }
  return null;
}
