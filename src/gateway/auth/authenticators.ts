/** The providers of a table by name. A provider that did not change keeps its keys when the table is replaced. */
import type { AuthTable } from '../protocol.ts';
import { apiKeys } from './api-keys.ts';
import type { Authenticator } from './authenticator.ts';
import { linesOf } from './claims.ts';
import { jwt } from './jwt.ts';

export interface Authenticators {
  readonly byName: ReadonlyMap<string, Authenticator>;
  /** Lines of the headers that tell claims: never a client's to send. */
  readonly reserved: RegExp | null;
}

export class AuthenticatorCache {
  #known = new Map<string, Authenticator>();

  /** @returns null when the table asks nobody who comes */
  update(table: AuthTable | undefined): Authenticators | null {
    if (!table || table.providers.length === 0) {
      this.#known = new Map();
      return null;
    }
    const fresh = new Map<string, Authenticator>();
    const byName = new Map<string, Authenticator>();
    for (const provider of table.providers) {
      const key = JSON.stringify(provider);
      const known = this.#known.get(key) ?? (provider.kind === 'jwt' ? jwt(provider) : apiKeys(provider));
      fresh.set(key, known);
      byName.set(provider.name, known);
    }
    this.#known = fresh;
    const headers = [...byName.values()].flatMap(({ forward }) => Object.values(forward));
    return { byName, reserved: linesOf([...new Set(headers)]) };
  }
}
