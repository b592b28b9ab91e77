/** Round robin: each endpoint in turn, a heavier one more often. Owns its position. */
import type { BalancerDefinition } from './balancer.ts';
import { SmoothTurns } from './smooth-turns.ts';

export const roundRobin: BalancerDefinition = {
  kind: 'round-robin',
  summary: 'each instance in turn',
  create: () => {
    let next = 0;
    const turns = new SmoothTurns();
    return {
      pick(endpoints) {
        if (next >= endpoints.length) next = 0;
        return endpoints[next++]!;
      },
      pickWeighted: (endpoints) => turns.next(endpoints),
    };
  },
};
