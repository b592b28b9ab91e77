/**
 * Lets so many requests through at once; a bounded number of others wait for their turn, first come first served. Owns
 * who is inside and who waits. What is inside must leave, however it ends.
 */
import type { LimitPolicy } from '../../model/policy.ts';
import type { LimitStats } from '../protocol.ts';
import type { Waiter } from './waiter.ts';

export class Turnstile {
  readonly policy: LimitPolicy;
  #inside = 0;
  readonly #waiting = new Set<Waiter>();

  constructor(policy: LimitPolicy) {
    this.policy = policy;
  }

  get inside(): number {
    return this.#inside;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  get stats(): LimitStats {
    return { ...this.policy, inside: this.#inside, waiting: this.waiting };
  }

  /** @returns `wait`: the waiter is woken when it is its turn, and is then inside */
  enter(waiter: Waiter): 'in' | 'wait' | 'full' {
    if (this.#inside < this.policy.inFlight) {
      this.#inside++;
      return 'in';
    }
    if (this.#waiting.size >= this.policy.queue) return 'full';
    this.#waiting.add(waiter);
    return 'wait';
  }

  leave(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#inside--;
      return;
    }
    // The place passes on: nobody who came later can take it.
    this.#waiting.delete(next);
    next.wake();
  }

  /** It waits no longer. */
  drop(waiter: Waiter): void {
    this.#waiting.delete(waiter);
  }
}
