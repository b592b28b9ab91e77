/**
 * Power of two choices: of two endpoints drawn at random the one with fewer requests in flight. Near the best possible
 * spread without looking at all, and no herd when many balancers see the same idle one.
 *
 * Where one of the two is clearly slower (a moving average of its answers) its requests weigh more, as in peak EWMA: two
 * equals share evenly, and a sick one still gets a request now and then, so that its recovery is seen.
 *
 * Each of many endpoints would get a request so seldom that its connections are cold in the processor's caches, or closed
 * for idleness, whenever its turn comes. So the first idle one from some place in the list on gets it: no more of them
 * are in use than there are requests at once, and a few. The place moves on through the list, and over the whole of it
 * all get the same. (With 300 endpoints a tenth of a request's CPU.)
 *
 * Where weights differ the first is drawn by weight, and keeps the request unless the other is less busy for its weight.
 */
import type { BalancerDefinition, Candidate } from './balancer.ts';

/** Below this, and below this ratio, a difference is noise. */
const CLEARLY_MS = 5;
const CLEARLY_TIMES = 2;
/** Share of draws that look at requests in flight alone. */
const EXPLORED = 1 / 32;

/** How many are looked at, more than are busy at once as a rule, before any endpoint will do. */
const NEIGHBOURS = 64;
/** So many of them take turns while none is busy. */
const FIRST = 8;
/** Requests until the next one joins them. */
const REQUESTS_EACH = 64;

export const twoChoices: BalancerDefinition = {
  kind: 'two-choices',
  summary: 'the less busy of two drawn at random, the slower one counting as busier (default)',
  create: () => {
    /** Balancers of several callers begin at different places. */
    let picked = (Math.random() * 2 ** 20) | 0;
    /** Of the neighbour that was picked last: the other one of the two, without a look at one that is cold. */
    let lastMs = 0;
    return {
      pick(endpoints) {
        const count = endpoints.length;
        if (count === 1) return endpoints[0]!;
        if (count > NEIGHBOURS) {
          let at = (Math.floor(picked++ / REQUESTS_EACH) + ((Math.random() * FIRST) | 0)) % count;
          for (let left = NEIGHBOURS; left > 0; left--) {
            const near = endpoints[at]!;
            // A remainder for each would cost more than the look.
            if (++at === count) at = 0;
            if (near.inFlight > 0 || (isSlower(near.latencyMs, lastMs) && Math.random() >= EXPLORED)) continue;
            lastMs = near.latencyMs;
            return near;
          }
        }
        const first = (Math.random() * count) | 0;
        let second = (Math.random() * (count - 1)) | 0;
        if (second >= first) second++;
        const a = endpoints[first]!;
        const b = endpoints[second]!;
        if (differ(a, b) && Math.random() >= EXPLORED) return cost(b) < cost(a) ? b : a;
        return b.inFlight < a.inFlight ? b : a;
      },
      pickWeighted(endpoints) {
        if (endpoints.length === 1) return endpoints[0]!;
        const a = drawn(endpoints);
        const b = drawn(endpoints, a);
        if (differ(a, b) && Math.random() >= EXPLORED) {
          return cost(b) * a.weight < cost(a) * b.weight ? b : a;
        }
        return b.inFlight * a.weight < a.inFlight * b.weight ? b : a;
      },
    };
  },
};

/** One at random, by weight. @param except another than this one; at least one is left */
function drawn<T extends Candidate>(endpoints: readonly T[], except: T | null = null): T {
  let sum = 0;
  for (const endpoint of endpoints) if (endpoint !== except) sum += endpoint.weight;
  let left = Math.random() * sum;
  let last = endpoints[0]!;
  for (const endpoint of endpoints) {
    if (endpoint === except) continue;
    last = endpoint;
    left -= endpoint.weight;
    if (left < 0) break;
  }
  return last;
}

function differ({ latencyMs: a }: Candidate, { latencyMs: b }: Candidate): boolean {
  return isSlower(a, b) || isSlower(b, a);
}

/** @param b 0 = not known */
function isSlower(a: number, b: number): boolean {
  return b > 0 && a > b * CLEARLY_TIMES && a - b > CLEARLY_MS;
}

function cost({ inFlight, latencyMs }: Candidate): number {
  return (inFlight + 1) * latencyMs;
}
