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

/** What a route is known by from one table to the next; labels may be alike. */
export function routeKey({ hostnames, matches }: Route): string {
  return JSON.stringify([hostnames, matches]);
}

/** By service, then by route. Of routes that are alike the first one counts: it gets all the requests. */
export function wordsByService(routes: readonly Route[]): Map<string, Map<string, PolicyWords>> {
  const services = new Map<string, Map<string, PolicyWords>>();
  for (const route of routes) {
    const words = routeWords(route);
    if (words === null) continue;
    const key = routeKey(route);
    for (const name of route.backendRefs?.map((ref) => ref.name) ?? [route.service]) {
      const known = services.get(name) ?? new Map<string, PolicyWords>();
      services.set(name, known);
      if (!known.has(key)) known.set(key, words);
    }
  }
  return services;
}

/** What people see of it in events: `GET /api` */
export function routeLabel({ matches, hostnames }: Route): string {
  const [match] = matches;
  const path = match?.path.value ?? '/';
  return `${match?.method === undefined ? '' : `${match.method} `}${hostnames[0] ?? ''}${path}`;
}
