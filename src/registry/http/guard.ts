/**
 * Who may ask the registry: programs of this machine that know the token. A web page must not get in, neither as itself
 * (Origin, Sec-Fetch-Site) nor under a name of its own that it bends to 127.0.0.1 (Host, DNS rebinding). Pure.
 */
import { hash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

export interface Refusal {
  readonly status: number;
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** @param token value of `?token=`, which Consul's clients may send too */
export type Guard = (headers: IncomingHttpHeaders, token: string | null) => Refusal | null;

/** Lets in who shows that token. */
export function guardWith(expected: string): Guard {
  const digest = digestOf(expected);
  return (headers, token) => {
    if (!isLoopbackAuthority(headers.host ?? '')) return { status: 421, message: 'this host is not served here' };
    const site = headers['sec-fetch-site'];
    if (headers.origin !== undefined || (site !== undefined && site !== 'none')) {
      return { status: 403, message: 'the registry is not for web pages' };
    }
    const bearer = /^bearer +(.+)$/i.exec(headers.authorization ?? '')?.[1];
    const shown = headers['x-consul-token'] ?? bearer ?? token;
    if (typeof shown === 'string' && timingSafeEqual(digestOf(shown), digest)) return null;
    // Consul says 403 with this sentence; its clients look for it.
    return { status: 403, message: 'Permission denied: token is missing or wrong' };
  };
}

function digestOf(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}

function isLoopbackAuthority(authority: string): boolean {
  const host = authority.replace(/:\d{1,5}$/, '').toLowerCase();
  return /^(?:localhost|[a-z0-9-]+(?:\.[a-z0-9-]+)*\.localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(host);
}
