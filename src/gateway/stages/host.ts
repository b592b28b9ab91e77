/**
 * The public port answers for this machine's own names and for declared ones only: a web page that bends its own name
 * to 127.0.0.1 (DNS rebinding) gets 421. An edge takes any Host, except from a browser.
 */
import { hostOf, isLoopbackHost } from '../http/authority.ts';
import type { Stage } from './stage.ts';

export const host: Stage = {
  name: 'host',
  check({ head, listener, matcher }) {
    if (head.host === '' || (listener.isEdge && head.fetchSite === '')) return null;
    const name = hostOf(head.host);
    if (
      isLoopbackHost(name) ||
      name === listener.host ||
      listener.spec.names?.includes(name) ||
      matcher.knowsHost(name)
    )
      return null;
    return { problem: { code: 'unknown-host', detail: name } };
  },
};
