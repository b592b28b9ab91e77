/**
 * Requests that go in a circle, told by Via. Services may be proxies themselves, so an edge has a name of its own and
 * refuses a request that has passed it before; the public port is passed again rightfully now and then, but not often.
 */
import { listMembers } from '../http/fields.ts';
import type { Stage } from './stage.ts';

/** How often a request may have passed the public port before. */
const PUBLIC_PASSES = 8;

export const loop: Stage = {
  name: 'loop',
  check({ head, listener, limits }) {
    if (head.via === '') return null;
    const hops = listMembers(head.via);
    let own = 0;
    for (const hop of hops) if (hop.split(/[ \t]+/)[1]?.toLowerCase() === listener.pseudonym.toLowerCase()) own++;
    if (own > (listener.isEdge ? 0 : PUBLIC_PASSES))
      return { problem: { code: 'loop', detail: `${listener.pseudonym} x ${own}` } };
    return hops.length > limits.hops ? { problem: { code: 'loop', detail: `${hops.length} hops` } } : null;
  },
};
