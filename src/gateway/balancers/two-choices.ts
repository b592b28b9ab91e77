/**
 * Power of two choices: of two endpoints drawn at random the one with fewer requests in flight. Near the best possible
 * spread without looking at all, and no herd when many balancers see the same idle one.
 */
import type { BalancerDefinition } from './balancer.ts';

export const twoChoices: BalancerDefinition = {
  kind: 'two-choices',
  summary: 'the less busy of two drawn at random (default)',
  create: () => ({
    pick(endpoints) {
      const count = endpoints.length;
      if (count === 1) return endpoints[0]!;
      const first = (Math.random() * count) | 0;
      let second = (Math.random() * (count - 1)) | 0;
      if (second >= first) second++;
      const a = endpoints[first]!;
      const b = endpoints[second]!;
      return b.inFlight < a.inFlight ? b : a;
    },
  }),
};
