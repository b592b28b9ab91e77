/**
 * Consistent hashing by rendezvous: the endpoint whose hash mixed with the key's is highest. When an endpoint goes,
 * only its own keys move. The key is the
 * request's path and query (each has its home, and its warm cache), a header, a cookie or the client's address.
 */

import type { BalancerDefinition } from './balancer.ts';
import { hash32, mix32 } from './hash.ts';

export const consistentHash: BalancerDefinition = {
  kind: 'consistent-hash',
  summary: 'the same instance for the same path, header, cookie or client',
  create: () => ({
    pick(endpoints, key) {
      const wanted = hash32(key);
      let best = endpoints[0]!;
      let bestScore = -1;
      for (const endpoint of endpoints) {
        const score = mix32(wanted ^ endpoint.hash);
        if (score > bestScore) {
          best = endpoint;
          bestScore = score;
        }
      }
      return best;
    },
  }),
};
