/**
 * Shares a route's requests among services by weight. With `hashOn` the value of a header decides, always the same
 * way; otherwise the shares are exact at any moment (smooth weighted round robin, as in nginx). Owns its turns.
 */
import type { BackendRef } from '../../model/route.ts';
import { hash32 } from '../balancers/hash.ts';

export class Split {
  /** Lower-cased. */
  readonly header: string | null;
  readonly #shares: { readonly name: string; readonly weight: number; turn: number }[];
  readonly #total: number;

  constructor(refs: readonly BackendRef[], hashOn: string | undefined) {
    this.header = hashOn?.toLowerCase() ?? null;
    this.#shares = refs.filter(({ weight }) => weight > 0).map(({ name, weight }) => ({ name, weight, turn: 0 }));
    this.#total = this.#shares.reduce((sum, { weight }) => sum + weight, 0);
  }

  /** @param value of the header; undefined takes turns. @returns null when all weights are 0 */
  pick(value: string | undefined): string | null {
    if (this.#shares.length === 0) return null;
    if (value === undefined) return this.#nextTurn();
    let at = hash32(value) % this.#total;
    for (const { name, weight } of this.#shares) {
      if (at < weight) return name;
      at -= weight;
    }
    return null;
  }

  #nextTurn(): string {
    let best = this.#shares[0]!;
    for (const share of this.#shares) {
      share.turn += share.weight;
      if (share.turn > best.turn) best = share;
    }
    best.turn -= this.#total;
    return best.name;
  }
}
