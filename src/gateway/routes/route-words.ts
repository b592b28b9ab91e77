/** What a route says of the treatment of its requests, as words of a policy: its own and those of the Gateway API. Pure. */
import type { PolicyWords } from '../../model/policy.ts';
import type { Route } from '../../model/route.ts';

/** @returns null: it says nothing, and shares the lane of its caller */
export function routeWords({ policy, retry }: Route): PolicyWords | null {
  if (policy === undefined && retry === undefined) return null;
  const { codes, attempts, backoffMs } = retry ?? {};
  const longest = backoffMs !== undefined && { pauseMs: backoffMs, longestPauseMs: Math.max(250, backoffMs) };
  return {
    ...policy,
    retries: {
      ...policy?.retries,
      ...(codes !== undefined && { statuses: codes }),
      ...(attempts !== undefined && { attempts }),
      ...longest,
    },
  };
}

/** What people see of it in events: `GET /api` */
export function routeLabel({ matches, hostnames }: Route): string {
  const [match] = matches;
  const path = match?.path.value ?? '/';
  return `${match?.method === undefined ? '' : `${match.method} `}${hostnames[0] ?? ''}${path}`;
}
