/** Finds the service: an edge has but one; on the public port the route table says, with rewrites and redirects. */
import { hostOf } from '../http/authority.ts';
import type { Matcher } from '../routes/matcher.ts';
import { normalPath } from '../routes/normal-path.ts';
import { redirectLocation, rewritePath } from '../routes/rewrite.ts';
import type { Stage } from './stage.ts';

const REDIRECTS: Readonly<Record<number, string>> = {
  301: 'Moved Permanently',
  302: 'Found',
  303: 'See Other',
  307: 'Temporary Redirect',
  308: 'Permanent Redirect',
};

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
    const found = matcher.find(hostOf(head.host), head, normal.path, query);
    if (!found) return { problem: { code: 'no-route', detail: `${head.method} ${raw}`, routes: listRoutes(matcher) } };
    const { compiled } = found;
    passage.service = compiled.service;
    passage.compiled = compiled;
    if (compiled.redirect) {
      const path = compiled.redirect.path ? rewritePath(compiled.redirect.path, raw, normal, found.prefix) : raw;
      const location = redirectLocation(compiled.redirect, head.host, listener.spec.port, path + query);
      const status = compiled.redirect.statusCode;
      const lines = `Location: ${location}\r\nContent-Length: 0\r\n`;
      return { answer: { status, reason: REDIRECTS[status] ?? 'Redirect', lines } };
    }
    if (compiled.rewrite?.path) passage.target = rewritePath(compiled.rewrite.path, raw, normal, found.prefix) + query;
    return null;
  },
};

function listRoutes(matcher: Matcher) {
  return matcher.routes.flatMap(({ matches, service, hostnames }) =>
    matches.map((match) => ({ path: match.path.value, service: service as string, hosts: hostnames })),
  );
}
