/**
 * Consistent hashing by rendezvous: the endpoint whose hash mixed with the key's is highest. When an endpoint goes,
 * only its own keys move. Among weights the score is `weight / -ln(hash)`, with which shares are as weights are and
 * still only the keys of who changed move (Schindelhauer, Schomaker 2005). The key is the request's path and query (each has its home, and its warm cache), a header, a cookie or the client's address.
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
    pickWeighted(endpoints, key) {
      const wanted = hash32(key);
      let best = endpoints[0]!;
      let bestScore = -1;
      for (const endpoint of endpoints) {
        const share = (mix32(wanted ^ endpoint.hash) + 0.5) / 2 ** 32;
        const score = endpoint.weight / -Math.log(share);
        if (score > bestScore) {
          best = endpoint;
          bestScore = score;
        }
      }
      return best;
    },
  }),
};
