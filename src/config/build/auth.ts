/** `gateway.auth` -> providers with every default applied, and what a route says of them. */
import type { AuthProvider, AuthSpec, JwtKeys } from '../../model/auth.ts';
import type { RouteAuth } from '../../model/route.ts';
import { suggest } from '../../model/suggest.ts';
import { DEFAULTS } from '../defaults.ts';
import type { Problems } from '../problems.ts';
import { ALGORITHMS } from '../schema/auth.ts';
import { type Entry, type Node, placeAt, placeOf } from '../tree/node.ts';
import { entriesOf, get, scalarsOf, textOf } from '../tree/read.ts';
import { parseDurationMs } from '../units.ts';
import { pathOf } from './context.ts';
import { headerName, isReservedHeader } from './route-words.ts';

const NONE = 'none';

/** @param secrets names of the top-level secrets */
export function authOf(root: Node, secrets: ReadonlySet<string>, problems: Problems): AuthSpec | undefined {
  const node = get(get(root, 'gateway'), 'auth');
  if (!node) return undefined;
  const providers = entriesOf(get(node, 'providers')).flatMap((entry) => providerOf(entry, secrets, problems) ?? []);
  const spec = { providers: Object.fromEntries(providers.map((provider) => [provider.name, provider])) };
  const name = get(node, 'default');
  const chosen = name === undefined ? NONE : knownProvider(name, namesIn(node), problems);
  return chosen === NONE ? spec : { default: chosen, ...spec };
}

/** Names of the providers as written, right or wrong. */
export function providerNames(root: Node): string[] {
  return namesIn(get(get(root, 'gateway'), 'auth'));
}

/** What `auth` of a route says; the default of `gateway.auth` where it says nothing. */
export function routeAuth(
  node: Node | undefined,
  known: { readonly default?: string | undefined; readonly names: readonly string[] },
  problems: Problems,
): RouteAuth | undefined {
  if (node === undefined) return known.default === undefined ? undefined : { provider: known.default, require: {} };
  const nameNode = node.kind === 'map' ? get(node, 'provider') : node;
  if (nameNode === undefined) return undefined;
  const provider = knownProvider(nameNode, known.names, problems);
  const require = Object.fromEntries(
    entriesOf(get(node, 'require')).map(({ key, value }) => [key, scalarsOf(value).map(({ text }) => text)]),
  );
  return provider === NONE ? undefined : { provider, require };
}

function namesIn(auth: Node | undefined): string[] {
  return entriesOf(get(auth, 'providers')).map(({ key }) => key);
}

function knownProvider(node: Node, names: readonly string[], problems: Problems): string {
  const name = textOf(node) ?? NONE;
  if (name === NONE || names.includes(name)) return name;
  const near = suggest(name, [...names, NONE]);
  problems.error('unknown-provider', `\`gateway.auth\` has no provider \`${name}\``, placeOf(node), {
    hint:
      near !== undefined
        ? `did you mean \`${near}\`?`
        : names.length > 0
          ? `there are: ${names.join(', ')}`
          : 'add it under `gateway.auth.providers`',
  });
  return name;
}

function providerOf(entry: Entry, secrets: ReadonlySet<string>, problems: Problems): AuthProvider | undefined {
  const { key: name, keyOrigin, value } = entry;
  const place = placeAt(keyOrigin);
  if (name === NONE)
    problems.error('bad-name', '`none` means that anybody may come; name the provider otherwise', place);
  const apiKey = get(value, 'api_key');
  const jwt = get(value, 'jwt');
  if ((apiKey === undefined) === (jwt === undefined)) {
    problems.error('conflicting-keys', `provider \`${name}\` needs \`api_key\` or \`jwt\`, and only one`, place);
    return undefined;
  }
  const secret = (node: Node): string => knownSecret(node, secrets, problems);
  if (apiKey) {
    const keys = entriesOf(get(apiKey, 'keys')).map(({ key, value: node }) => [key, secret(node)]);
    return {
      kind: 'api-key',
      name,
      header: checkedName(get(apiKey, 'header'), problems) ?? DEFAULTS.apiKeyHeader,
      keys: Object.fromEntries(keys),
      forward: forwardOf(get(apiKey, 'forward'), problems),
    };
  }
  const keys = jwtKeys(name, jwt!, place, secret, problems);
  const issuer = textOf(get(jwt, 'issuer'));
  return (
    keys && {
      kind: 'jwt',
      name,
      keys,
      ...(issuer !== undefined && { issuer }),
      audience: scalarsOf(get(jwt, 'audience')).map(({ text }) => text),
      algorithms: algorithmsOf(get(jwt, 'algorithms'), keys, problems),
      clockToleranceMs: parseDurationMs(textOf(get(jwt, 'clock_tolerance')) ?? '') ?? DEFAULTS.clockToleranceMs,
      forward: forwardOf(get(jwt, 'forward'), problems),
    }
  );
}

function jwtKeys(
  name: string,
  jwt: Node,
  place: ReturnType<typeof placeOf>,
  secret: (node: Node) => string,
  problems: Problems,
): JwtKeys | undefined {
  const jwks = get(jwt, 'jwks');
  const shared = get(jwt, 'secret');
  if ((jwks === undefined) === (shared === undefined)) {
    problems.error('conflicting-keys', `provider \`${name}\` needs \`jwks\` or \`secret\`, and only one`, place);
    return undefined;
  }
  if (shared) return { kind: 'secret', secret: secret(shared) };
  const text = textOf(jwks) ?? '';
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return { kind: 'file', path: pathOf(jwks) ?? text };
  if (!/^https?:$/.test(schemeOf(text))) {
    problems.error('bad-value', `\`${text}\` is no http or https URL`, placeOf(jwks!));
  }
  return { kind: 'url', url: text };
}

function schemeOf(text: string): string {
  try {
    return new URL(text).protocol;
  } catch {
    return '';
  }
}

/** A public key must never be taken for the shared secret of an HMAC, so the two kinds do not mix (RFC 8725 3.1). */
function algorithmsOf(node: Node | undefined, keys: JwtKeys, problems: Problems): string[] {
  const isShared = (name: string) => name.startsWith('HS');
  const shared = keys.kind === 'secret';
  const written = scalarsOf(node);
  const wrong = written.find(({ text }) => isShared(text) !== shared);
  if (wrong) {
    const with_ = shared ? 'a `secret` goes with HS256, HS384 and HS512' : 'HMAC needs `secret` in place of `jwks`';
    problems.error('bad-value', `\`${wrong.text}\` does not go with these keys: ${with_}`, placeOf(wrong));
  }
  if (written.length > 0) return written.map(({ text }) => text);
  return shared ? ['HS256'] : ALGORITHMS.filter((name) => !isShared(name));
}

function forwardOf(node: Node | undefined, problems: Problems): Record<string, string> {
  if (!node) return { sub: DEFAULTS.authHeader };
  return Object.fromEntries(
    entriesOf(node).map(({ key, value }) => [key, checkedName(value, problems) ?? DEFAULTS.authHeader]),
  );
}

/** What the gateway writes, or whoever asks, cannot carry a claim. */
const TAKEN = /^(forwarded|authorization|x-forwarded-.*|x-request-id|traceparent|tracestate)$/i;

function checkedName(node: Node | undefined, problems: Problems): string | undefined {
  const text = textOf(node);
  if (node === undefined || text === undefined) return undefined;
  if (isReservedHeader(text) || TAKEN.test(text))
    problems.error('bad-name', `the header \`${text}\` is taken`, placeOf(node));
  return headerName(text, placeOf(node), problems);
}

function knownSecret(node: Node, secrets: ReadonlySet<string>, problems: Problems): string {
  const name = textOf(node) ?? '';
  if (!secrets.has(name)) {
    const near = suggest(name, secrets);
    problems.error('unknown-secret', `no secret is called \`${name}\``, placeOf(node), {
      hint: near === undefined ? 'add it under `secrets` at the top of the file' : `did you mean \`${near}\`?`,
    });
  }
  return name;
}
