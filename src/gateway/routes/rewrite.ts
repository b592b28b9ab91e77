/** URL rewrites and redirects: what becomes of a path. Raw bytes stay wherever a rule does not replace them. Pure. */
import type { PathRewrite } from '../../model/route.ts';
import { hostOf } from '../http/authority.ts';
import type { Redirect } from './compiled-route.ts';
import type { NormalPath } from './normal-path.ts';

/**
 * The path after a rewrite, without the query.
 * @param raw as received. @param normal its normalised copy. @param prefix what a PathPrefix matched in that copy
 */
export function rewritePath(rewrite: PathRewrite, raw: string, normal: NormalPath, prefix: string): string {
  if (rewrite.type === 'ReplaceFullPath') return rewrite.replaceFullPath;
  const rest = restAfter(raw, prefix) ?? restAfter(normal.path, prefix) ?? '';
  // With dot segments in it the raw rest could climb out of the new prefix: the resolved one is sent.
  const safe = normal.hadDots ? (restAfter(normal.path, prefix) ?? '') : rest;
  const base = rewrite.replacePrefixMatch.replace(/\/+$/, '');
  if (safe === '') return base === '' ? '/' : rewrite.replacePrefixMatch;
  return base + safe;
}

/** What follows the prefix (`` or starting with `/`), or null when the path does not literally start with it. */
function restAfter(path: string, prefix: string): string | null {
  if (prefix === '' || prefix === '/') return path;
  if (!path.startsWith(prefix)) return null;
  const rest = path.slice(prefix.length);
  return rest === '' || rest.startsWith('/') ? rest : null;
}

/**
 * The Location of a redirect (Gateway API, HTTPRequestRedirectFilter): without `scheme` the request's, and then the
 * listener's port; with it that scheme's own port. A port that belongs to its scheme is left out.
 */
export function redirectLocation(redirect: Redirect, authority: string, listenPort: number, path: string): string {
  const scheme = redirect.scheme ?? 'http';
  const host = redirect.hostname ?? hostOf(authority);
  const wellKnown = scheme === 'https' ? 443 : 80;
  const port = redirect.port ?? (redirect.scheme === undefined ? listenPort : wellKnown);
  return `${scheme}://${host}${port === wellKnown ? '' : `:${port}`}${path}`;
}
