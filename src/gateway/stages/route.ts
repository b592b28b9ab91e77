/** Finds the service: an edge has but one; on the public port the route table says, with rewrites. */
import { hostOf } from '../http/authority.ts';
import { fieldValue } from '../http/fields.ts';
import type { RequestHead } from '../http/request-head.ts';
import type { Found } from '../routes/host-routes.ts';
import type { Matcher } from '../routes/matcher.ts';
import { normalPath } from '../routes/normal-path.ts';
import { rewritePath } from '../routes/rewrite.ts';
import type { Passage, Stage } from './stage.ts';

/** Routes that a 404 lists. */
const LISTED = 50;

export const route: Stage = {
  name: 'route',
  check(passage) {
    const { head, listener, matcher } = passage;
    if (listener.isEdge) {
      passage.service = listener.spec.callee ?? '';
      return null;
    }
    const mark = head.target.indexOf('?');
    const raw = mark === -1 ? head.target : head.target.slice(0, mark);
    const query = mark === -1 ? '' : head.target.slice(mark);
    const normal = normalPath(raw);
    const host = hostOf(head.host);
    const found = preflightRoute(passage, host, normal.path, query) ?? matcher.find(host, head, normal.path, query);
    if (!found) return { problem: { code: 'no-route', detail: `${head.method} ${raw}`, routes: listRoutes(matcher) } };
    const { prefix } = found;
    const { rule, match } = found.compiled;
    passage.service = rule.service;
    passage.rule = rule;
    passage.match = match;
    passage.responseHeaders = rule.responseHeaders;
    if (rule.redirect !== null) passage.path = { raw, normal, prefix, query };
    if (rule.rewrite?.path) passage.target = rewritePath(rule.rewrite.path, raw, normal, prefix) + query;
    return null;
  },
};

/** A preflight is about another method: a route that takes only that one, and lets pages of other origins in, answers. */
export function preflightRoute({ matcher, head }: Passage, host: string, path: string, query: string): Found | null {
  const method = matcher.hasCors ? preflightMethod(head) : undefined;
  if (method === undefined) return null;
  const found = matcher.find(host, head, path, query, method);
  return found?.compiled.rule.cors ? found : null;
}

/** The method that a preflight asks for; undefined: it is none. */
export function preflightMethod(head: RequestHead): string | undefined {
  if (head.method !== 'OPTIONS' || head.origin === '') return undefined;
  return fieldValue(head.text.slice(head.fieldsStart), 'access-control-request-method');
}

function listRoutes(matcher: Matcher) {
  return matcher.routes
    .slice(0, LISTED)
    .flatMap(({ matches, service, hostnames }) =>
      matches.map((match) => ({ path: match.path.value, service: service as string, hosts: hostnames })),
    );
}
