/** The rate limit of a route: 429 with when to come back (RFC 6585 4, draft-ietf-httpapi-ratelimit-headers). */

import { fieldValue } from '../http/fields.ts';
import { monotonicMs } from '../io/clock.ts';
import { joinChanges } from '../routes/compiled-route.ts';
import type { Stage } from './stage.ts';

const REMOVED: ReadonlySet<string> = new Set(['ratelimit', 'ratelimit-policy']);

export const rateLimit: Stage = {
  name: 'rate-limit',
  check(passage) {
    const limiter = passage.rule?.limiter;
    if (!limiter) return null;
    const { head } = passage;
    const { by } = limiter.spec;
    const value = limiter.header === null ? undefined : fieldValue(head.text.slice(head.fieldsStart), limiter.header);
    // Kept apart from addresses, so that a value cannot take the bucket of one.
    const key = by === 'route' ? '' : value === undefined ? passage.peer : `=${value}`;
    const taken = limiter.take(key, monotonicMs());
    const lines = limiter.lines(taken);
    passage.problemLines += lines;
    if (taken.allowed) {
      passage.responseHeaders = joinChanges(passage.responseHeaders, { remove: REMOVED, lines });
      return null;
    }
    const { requests, perMs } = limiter.spec;
    const detail = `${requests} requests in ${perMs / 1000} s by ${limiter.header ?? by}`;
    return { problem: { code: 'rate-limited', detail, retryAfter: taken.seconds } };
  },
};
