/** Who may use a route: the providers of `gateway.auth`, as the definition has them. Types only; no secret's value. */

interface Provider {
  readonly name: string;
  /** Claim -> header that tells it to the service. A client's own fields of these names are dropped on every route. */
  readonly forward: Readonly<Record<string, string>>;
}

export interface ApiKeyProvider extends Provider {
  readonly kind: 'api-key';
  /** The field that carries the key. */
  readonly header: string;
  /** Client (the claim `sub`) -> name of the top-level secret that holds its key. */
  readonly keys: Readonly<Record<string, string>>;
}

export type JwtKeys =
  /** A JWKS, absolute path; read at the first token, and again when a token names a key that it lacks. */
  | { readonly kind: 'file'; readonly path: string }
  /** A JWKS, fetched at the first token and cached. */
  | { readonly kind: 'url'; readonly url: string }
  /** Name of the top-level secret with a shared key (HS256, HS384, HS512). */
  | { readonly kind: 'secret'; readonly secret: string };

export interface JwtProvider extends Provider {
  readonly kind: 'jwt';
  readonly keys: JwtKeys;
  readonly issuer?: string;
  /** The token must be for one of these; empty = not looked at. */
  readonly audience: readonly string[];
  /** RFC 7518 names; a token signed otherwise is refused. Never empty, never `none`. */
  readonly algorithms: readonly string[];
  /** How far clocks may be apart. */
  readonly clockToleranceMs: number;
}

export type AuthProvider = ApiKeyProvider | JwtProvider;

export interface AuthSpec {
  /** For routes that say nothing; absent = they are open. */
  readonly default?: string;
  readonly providers: Readonly<Record<string, AuthProvider>>;
}
