/** Edges are for services: a request that a browser made for a page of another site is refused. */
import { hostOf, isAuthority, isLoopbackHost } from '../http/authority.ts';
import type { Stage } from './stage.ts';

export const crossSite: Stage = {
  name: 'cross-site',
  check({ head, listener, matcher }) {
    if (!listener.isEdge) return null;
    if (head.fetchSite === 'cross-site') return { problem: { code: 'cross-site', detail: head.origin } };
    // Browsers that tell no Sec-Fetch-Site still name the page's origin.
    if (head.origin === '' || head.fetchSite !== '') return null;
    const authority = /^https?:\/\/(.*)$/.exec(head.origin)?.[1] ?? '';
    if (isAuthority(authority)) {
      const name = hostOf(authority);
      if (isLoopbackHost(name) || matcher.knowsHost(name)) return null;
    }
    return { problem: { code: 'cross-site', detail: head.origin } };
  },
};
