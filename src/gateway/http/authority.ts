/**
 * Host field values and absolute-form targets: what is a well-formed `host[:port]` and what it names.
 * Stricter than RFC 3986's reg-name: no userinfo, no comma, never empty.
 */

/** The kinds of target that RFC 9112 3.2 knows, taken apart. `authority` is null for origin-form. */
export interface Target {
  readonly authority: string | null;
  /** Origin-form: starts with `/`; or `*`. */
  readonly path: string;
}

const AUTHORITY = /^(?:\[[0-9A-Fa-f:.]+\]|(?:[A-Za-z0-9._~!$&'()*+;=-]|%[0-9A-Fa-f]{2})+)(?::[0-9]{0,5})?$/;

/** Last value found good, since nearly all requests of a connection name the same host. */
let lastGood = 'localhost';

export function isAuthority(value: string): boolean {
  if (value === lastGood) return true;
  if (!AUTHORITY.test(value)) return false;
  lastGood = value;
  return true;
}

/** The last authority taken apart, and its host. */
let lastAuthority = 'localhost';
let lastHost = 'localhost';

/** Lower-cased host without port and without a trailing dot; brackets of IPv6 stay. */
export function hostOf(authority: string): string {
  if (authority !== lastAuthority) {
    lastHost = bareHost(authority);
    lastAuthority = authority;
  }
  return lastHost;
}

function bareHost(authority: string): string {
  const colon = authority.charCodeAt(0) === 91 ? authority.indexOf(']') + 1 : authority.indexOf(':');
  let host = colon > 0 && colon < authority.length ? authority.slice(0, colon) : authority;
  if (host.endsWith('.')) host = host.slice(0, -1);
  return host.toLowerCase();
}

/** `localhost`, a name under it, 127.0.0.0/8 or [::1]: names that cannot be bent towards this machine by DNS. */
export function isLoopbackHost(host: string): boolean {
  return (
    host === 'localhost' ||
    host === '[::1]' ||
    host.endsWith('.localhost') ||
    /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host)
  );
}

/**
 * Takes an absolute-form target apart (RFC 9112 3.2.2).
 * @returns null when it is neither `http://` nor `https://` with a well-formed authority
 */
export function parseAbsoluteTarget(target: string, method: string): Target | null {
  const scheme = /^https?:\/\//i.exec(target);
  if (!scheme) return null;
  const rest = target.slice(scheme[0].length);
  const end = rest.search(/[/?]/);
  const authority = end === -1 ? rest : rest.slice(0, end);
  if (!isAuthority(authority)) return null;
  const path = end === -1 ? '' : rest.slice(end);
  if (path === '') return { authority, path: method === 'OPTIONS' ? '*' : '/' };
  return { authority, path: path.startsWith('?') ? `/${path}` : path };
}
