/** The contract of a provider of `gateway.auth` in the gateway. */

export type Claims = Readonly<Record<string, unknown>>;

export type Verdict =
  | { readonly claims: Claims }
  /** Nothing was shown, or it does not hold. `challenge` is the value of WWW-Authenticate. */
  | { readonly refused: string; readonly challenge: string }
  /** Whether it holds cannot be told now. */
  | { readonly unavailable: string };

export interface Authenticator {
  readonly name: string;
  readonly forward: Readonly<Record<string, string>>;
  /** @param lines the request's field lines. Never rejects. */
  check(lines: string): Verdict | Promise<Verdict>;
  /** Value of WWW-Authenticate for who may not do this (403). */
  readonly insufficient: string;
}
