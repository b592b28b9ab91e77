/**
 * Turns by weight, spread evenly (nginx's smooth weighted round robin): each gains its weight, the one with most is
 * next and pays what all gained. 5:1:1 gives a a b a c a a, not a a a a a b c. Owns what each has gained.
 */
import type { Candidate } from './balancer.ts';

export class SmoothTurns {
  readonly #gained = new WeakMap<Candidate, number>();

  /** @param endpoints at least one */
  next<T extends Candidate>(endpoints: readonly T[]): T {
    let sum = 0;
    let next = endpoints[0]!;
    let most = Number.NEGATIVE_INFINITY;
    for (const endpoint of endpoints) {
      const gained = (this.#gained.get(endpoint) ?? 0) + endpoint.weight;
      this.#gained.set(endpoint, gained);
      sum += endpoint.weight;
      if (gained > most) {
        next = endpoint;
        most = gained;
      }
    }
    this.#gained.set(next, most - sum);
    return next;
  }
}
