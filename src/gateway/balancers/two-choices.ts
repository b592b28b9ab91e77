/**
 * Power of two choices: of two endpoints drawn at random the one with fewer requests in flight. Near the best possible
 * spread without looking at all, and no herd when many balancers see the same idle one.
 *
 * Where one of the two is clearly slower (a moving average of its answers) its requests weigh more, as in peak EWMA: two
 * equals share evenly, and a sick one still gets a request now and then, so that its recovery is seen.
 *
 * Where weights differ the first is drawn by weight, and keeps the request unless the other is less busy for its weight.
 */
import type { BalancerDefinition, Candidate } from './balancer.ts';

/** Below this, and below this ratio, a difference is noise. */
const CLEARLY_MS = 5;
const CLEARLY_TIMES = 2;
/** Share of draws that look at requests in flight alone. */
const EXPLORED = 1 / 32;

export const twoChoices: BalancerDefinition = {
  kind: 'two-choices',
  summary: 'the less busy of two drawn at random, the slower one counting as busier (default)',
  create: () => ({
    pick(endpoints) {
      const count = endpoints.length;
      if (count === 1) return endpoints[0]!;
      const first = (Math.random() * count) | 0;
      let second = (Math.random() * (count - 1)) | 0;
      if (second >= first) second++;
      const a = endpoints[first]!;
      const b = endpoints[second]!;
      if ((isSlower(a, b) || isSlower(b, a)) && Math.random() >= EXPLORED) return cost(b) < cost(a) ? b : a;
      return b.inFlight < a.inFlight ? b : a;
    },
    pickWeighted(endpoints) {
      if (endpoints.length === 1) return endpoints[0]!;
      const a = drawn(endpoints);
      const b = drawn(endpoints, a);
      if ((isSlower(a, b) || isSlower(b, a)) && Math.random() >= EXPLORED) {
        return cost(b) * a.weight < cost(a) * b.weight ? b : a;
      }
      return b.inFlight * a.weight < a.inFlight * b.weight ? b : a;
    },
  }),
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

function isSlower(a: Candidate, b: Candidate): boolean {
  return b.latencyMs > 0 && a.latencyMs > b.latencyMs * CLEARLY_TIMES && a.latencyMs - b.latencyMs > CLEARLY_MS;
}

function cost({ inFlight, latencyMs }: Candidate): number {
  return (inFlight + 1) * latencyMs;
}
