/**
 * Clients that show a signed token (RFC 7519, RFC 6750). The library and the keys are loaded at the first token; a token
 * that was found good is remembered for a minute, so that a page's requests cost one verification. Owns those caches.
 */
import { readFile, stat } from 'node:fs/promises';
import type { JSONWebKeySet, JWTVerifyGetKey, JWTVerifyOptions } from 'jose';
import { fieldValue } from '../http/fields.ts';
import type { AuthTable } from '../protocol.ts';
import type { Authenticator, Claims, Verdict } from './authenticator.ts';
import { keyFetcher } from './fetch-keys.ts';

type Provider = Extract<AuthTable['providers'][number], { kind: 'jwt' }>;
type Jose = typeof import('jose');

const REMEMBERED = 1_000;
/** No longer than this: keys are withdrawn now and then. */
const REMEMBER_MS = 60_000;
const REALM = 'Bearer realm="msvc"';

export function jwt(provider: Provider): Authenticator {
  const good = new Map<string, { readonly claims: Claims; readonly untilMs: number }>();
  let loading: Promise<(token: string) => Promise<Claims>> | null = null;

  const verify = async (token: string): Promise<Verdict> => {
    loading ??= prepare(provider);
    try {
      const claims = await (await loading)(token);
      const exp = typeof claims.exp === 'number' ? claims.exp * 1000 + provider.clockToleranceMs : Number.MAX_VALUE;
      if (good.size >= REMEMBERED) good.delete(good.keys().next().value!);
      good.set(token, { claims, untilMs: Math.min(exp, Date.now() + REMEMBER_MS) });
      return { claims };
    } catch (error) {
      if (error instanceof KeysUnavailable) {
        loading = null;
        return { unavailable: error.message };
      }
      return refusal(error as Error & { code?: string });
    }
  };

  return {
    name: provider.name,
    forward: provider.forward,
    insufficient: `${REALM}, error="insufficient_scope"`,
    check(lines) {
      const shown = fieldValue(lines, 'authorization');
      // RFC 6750 3.1: who showed nothing is told nothing but the scheme.
      if (shown === undefined) return { refused: 'no token', challenge: REALM };
      const token = /^bearer +([A-Za-z0-9._~+/-]+=*)$/i.exec(shown)?.[1];
      if (token === undefined) {
        return { refused: 'not a bearer token', challenge: `${REALM}, error="invalid_request"` };
      }
      const known = good.get(token);
      if (known !== undefined) {
        if (known.untilMs > Date.now()) return { claims: known.claims };
        good.delete(token);
      }
      return verify(token);
    },
  };
}

class KeysUnavailable extends Error {}

async function prepare(provider: Provider): Promise<(token: string) => Promise<Claims>> {
  const jose = await import('jose');
  const { keys, issuer, audience, algorithms, clockToleranceMs } = provider;
  const options: JWTVerifyOptions = {
    algorithms: [...algorithms],
    clockTolerance: clockToleranceMs / 1000,
    ...(issuer !== undefined && { issuer }),
    ...(audience.length > 0 && { audience: [...audience] }),
  };
  if (keys.kind === 'secret') {
    const secret = keys.value;
    return async (token) => (await jose.jwtVerify(token, secret, options)).payload;
  }
  const keyOf = keys.kind === 'url' ? remoteKeys(jose, keys.url) : fileKeys(jose, keys.path);
  return async (token) => (await jose.jwtVerify(token, keyOf, options)).payload;
}

function remoteKeys(jose: Jose, url: string): JWTVerifyGetKey {
  const at = new URL(url);
  const fetchKeys = keyFetcher(at);
  const keyOf = jose.createRemoteJWKSet(at, fetchKeys && { [jose.customFetch]: fetchKeys });
  return async (header, token) => {
    try {
      return await keyOf(header, token);
    } catch (error) {
      const { code = '' } = error as { code?: string };
      if (code === 'ERR_JWKS_NO_MATCHING_KEY' || code === 'ERR_JWKS_MULTIPLE_MATCHING_KEYS') throw error;
      throw new KeysUnavailable(`the keys cannot be fetched: ${(error as Error).message}`);
    }
  };
}

/** Read once; again when a token names a key that is not in it and the file has changed since. */
function fileKeys(jose: Jose, path: string): JWTVerifyGetKey {
  let readAt = 0;
  let keyOf: ReturnType<Jose['createLocalJWKSet']> | null = null;
  const read = async () => {
    try {
      readAt = (await stat(path)).mtimeMs;
      return jose.createLocalJWKSet(JSON.parse(await readFile(path, 'utf8')) as JSONWebKeySet);
    } catch (error) {
      throw new KeysUnavailable(`the file of keys cannot be read: ${(error as Error).message}`);
    }
  };
  return async (header, token) => {
    keyOf ??= await read();
    try {
      return await keyOf(header, token);
    } catch (error) {
      if ((await stat(path).catch(() => null))?.mtimeMs === readAt) throw error;
      keyOf = await read();
      return keyOf(header, token);
    }
  };
}

/** RFC 6750 3.1. What the library says is about the token alone, and in ASCII. */
function refusal({ message, code = '' }: Error & { code?: string }): Verdict {
  const reason = code.startsWith('ERR_J') ? message.replace(/[^ !#-[\]-~]/g, "'") : 'the token cannot be verified';
  return { refused: reason, challenge: `${REALM}, error="invalid_token", error_description="${reason}"` };
}
