/** Routes that are answered with another address. */
import { redirectLocation, rewritePath } from '../routes/rewrite.ts';
import type { Stage } from './stage.ts';

const REASONS: Readonly<Record<number, string>> = {
  301: 'Moved Permanently',
  302: 'Found',
  303: 'See Other',
  307: 'Temporary Redirect',
  308: 'Permanent Redirect',
};

export const redirect: Stage = {
  name: 'redirect',
  check({ rule, path, head, listener, responseHeaders }) {
    const to = rule?.redirect;
    if (!to || path === null) return null;
    const { raw, normal, prefix, query } = path;
    const target = to.path ? rewritePath(to.path, raw, normal, prefix) : raw;
    const location = redirectLocation(to, head.host || listener.host, listener.spec.port, target + query);
    const lines = `${responseHeaders?.lines ?? ''}Location: ${location}\r\nContent-Length: 0\r\n`;
    return { answer: { status: to.statusCode, reason: REASONS[to.statusCode] ?? 'Redirect', lines } };
  },
};
