/** Least in flight: the endpoint with the fewest requests under way; among equals the next in turn. */
import type { BalancerDefinition } from './balancer.ts';

export const leastInFlight: BalancerDefinition = {
  kind: 'least-in-flight',
  summary: 'the instance with the fewest requests under way',
  create: () => {
    let turn = 0;
    return {
      pick(endpoints) {
        const count = endpoints.length;
        turn = (turn + 1) % count;
        let best = endpoints[turn]!;
        for (let i = 1; i < count; i++) {
          const other = endpoints[(turn + i) % count]!;
          if (other.inFlight < best.inFlight) best = other;
        }
        return best;
      },
    };
  },
};
