/** Least in flight, for its weight: the endpoint with the fewest requests under way; among equals the next in turn. */
import type { BalancerDefinition } from './balancer.ts';
import { SmoothTurns } from './smooth-turns.ts';

export const leastInFlight: BalancerDefinition = {
  kind: 'least-in-flight',
  summary: 'the instance with the fewest requests under way',
  create: () => {
    let turn = 0;
    const turns = new SmoothTurns();
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
      pickWeighted(endpoints) {
        const least = Math.min(...endpoints.map(({ inFlight, weight }) => inFlight / weight));
        return turns.next(endpoints.filter(({ inFlight, weight }) => inFlight / weight === least));
      },
    };
  },
};
