/**
 * The copy of a path that routes are matched on. What any server might read as `..`, `.` or a doubled slash is resolved
 * here, so that no spelling of a path reaches a service by a prefix that it does not end up under. The bytes that are
 * forwarded are not touched. Pure.
 */

export interface NormalPath {
  readonly path: string;
  /** It held dot segments in some spelling: the raw path must not be cut by a prefix. */
  readonly hadDots: boolean;
}

/** Whether the path needs a closer look at all; nearly none does. */
function isPlain(path: string): boolean {
  for (let i = 0; i < path.length; i++) {
    const c = path.charCodeAt(i);
    if (c === 37 || c === 92) return false;
    if (c === 47) {
      const next = path.charCodeAt(i + 1);
      if (next === 47 || next === 46) return false;
    }
  }
  return true;
}

/** @param path raw, without the query, starting with `/` */
export function normalPath(path: string): NormalPath {
  if (isPlain(path)) return { path, hadDots: false };
  // RFC 3986 6.2.2.2: escapes of unreserved characters mean those characters; other escapes compare in upper case.
  const decoded = path.replace(/%([0-9a-fA-F]{2})/g, (written, digits: string) => {
    const char = String.fromCharCode(Number.parseInt(digits, 16));
    return /[A-Za-z0-9._~-]/.test(char) ? char : written.toUpperCase();
  });
  const segments: string[] = [];
  let hadDots = false;
  for (const segment of decoded.split('/')) {
    // An encoded or reversed slash counts as a separator only where dot segments lie between: `a%2Fb` stays one.
    const parts = /%2F|%5C|\\/.test(segment) ? segment.split(/%2F|%5C|\\/) : [segment];
    if (!parts.some(isDots)) {
      if (segment !== '') segments.push(segment);
      continue;
    }
    hadDots = true;
    for (const part of parts) {
      const bare = withoutParameters(part);
      if (bare === '..') segments.pop();
      else if (bare !== '.' && part !== '') segments.push(part);
    }
  }
  const trailing = /(?:\/|\/\.{1,2})$/.test(decoded) && segments.length > 0 ? '/' : '';
  return { path: `/${segments.join('/')}${trailing}`, hadDots };
}

function isDots(part: string): boolean {
  const bare = withoutParameters(part);
  return bare === '.' || bare === '..';
}

/** `..;x` is `..` to servers that know path parameters. */
function withoutParameters(part: string): string {
  const end = part.search(/;|%3B/);
  return end === -1 ? part : part.slice(0, end);
}
