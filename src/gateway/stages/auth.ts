/**
 * Who may use a route. On the public port what a client says of itself in the headers of claims is dropped, on routes
 * that ask nobody too. Edges are no business of this stage: their callers are services, which pass claims on.
 */

import type { Authenticator, Verdict as AuthVerdict } from '../auth/authenticator.ts';
import { claimLines, satisfies } from '../auth/claims.ts';
import type { ListenerContext } from '../exchange/listener-context.ts';
import type { Matcher } from '../routes/matcher.ts';
import type { Passage, Stage, Verdict } from './stage.ts';

export const auth: Stage = {
  name: 'auth',
  check(passage) {
    const { auth: known } = passage.matcher;
    if (known === null || passage.listener.isEdge) return null;
    const wanted = passage.rule?.auth;
    if (!wanted) return null;
    const provider = known.byName.get(wanted.provider);
    // A definition without it is refused; to be open because of a mistake would be worse than to be shut.
    if (!provider) return { problem: { code: 'auth-unavailable', detail: `no provider ${wanted.provider}` } };
    const { head } = passage;
    const verdict = provider.check(head.text.slice(head.fieldsStart));
    if (verdict instanceof Promise) return verdict.then((late) => judge(late, provider, passage));
    return judge(verdict, provider, passage);
  },
};

/** Lines that nobody who comes by this listener may send, in the head or as trailers: they tell claims. @returns a global expression */
export function reservedLines({ auth: known }: Matcher, { isEdge }: ListenerContext): RegExp | null {
  return known === null || isEdge ? null : known.reserved;
}

function judge(verdict: AuthVerdict, provider: Authenticator, passage: Passage): Verdict {
  if ('unavailable' in verdict) {
    return { problem: { code: 'auth-unavailable', detail: verdict.unavailable, retryAfter: 1 } };
  }
  if ('refused' in verdict) {
    const lines = `WWW-Authenticate: ${verdict.challenge}\r\n`;
    return { problem: { code: 'unauthorized', detail: verdict.refused, lines } };
  }
  const { require } = passage.rule!.auth!;
  if (!satisfies(verdict.claims, require)) {
    const lines = `WWW-Authenticate: ${provider.insufficient}\r\n`;
    return { problem: { code: 'forbidden', detail: `needs ${Object.keys(require).join(', ')}`, lines } };
  }
  passage.claimLines = claimLines(verdict.claims, provider.forward);
  return null;
}
