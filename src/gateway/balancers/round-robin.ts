/** Round robin: each endpoint in turn. Owns its position. */
import type { BalancerDefinition } from './balancer.ts';

export const roundRobin: BalancerDefinition = {
  kind: 'round-robin',
  summary: 'each instance in turn',
  create: () => {
    let next = 0;
    return {
      pick(endpoints) {
        if (next >= endpoints.length) next = 0;
        return endpoints[next++]!;
      },
    };
  },
};
