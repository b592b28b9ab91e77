/**
 * Takes instances out of balancing that fail while others do not: so many failures in a row, away for a while that grows
 * each time, never more than a share of the ready ones and never the last. Owns who is away, and the timer that brings
 * the next one back.
 */

import type { EjectionPolicy } from '../../model/policy.ts';
import { monotonicMs } from '../io/clock.ts';
import type { Endpoint } from './endpoint.ts';
import type { Tell } from './tell.ts';

/** A connection that broke may be the instance's end, which the registry tells in a moment. */
const DOUBT_MS = 250;
/** Who has behaved for so long after coming back begins anew. */
const FORGIVEN_MS = 60_000;

export interface OutlierOwner {
  readonly ready: readonly Endpoint[];
  /** Who is in balancing has changed. */
  rebalance(): void;
}

export class Outliers {
  policy: EjectionPolicy | null = null;
  readonly #owner: OutlierOwner;
  readonly #tell: Tell;
  readonly #away = new Set<Endpoint>();
  readonly #doubts = new Set<NodeJS.Timeout>();
  #timer: NodeJS.Timeout | null = null;

  constructor(owner: OutlierOwner, tell: Tell) {
    this.#owner = owner;
    this.#tell = tell;
  }

  get someAway(): boolean {
    return this.#away.size > 0;
  }

  has(endpoint: Endpoint): boolean {
    return this.#away.has(endpoint);
  }

  /** A request failed. @param sure that it was the instance, and not its end */
  failed(endpoint: Endpoint, sure: boolean, now: number): void {
    endpoint.badInRow++;
    if (this.policy === null || endpoint.badInRow < this.policy.failures || this.#away.has(endpoint)) return;
    if (sure) {
      this.#eject(endpoint, now);
      return;
    }
    const doubt = setTimeout(() => {
      this.#doubts.delete(doubt);
      const { policy } = this;
      if (policy === null || endpoint.badInRow < policy.failures || this.#away.has(endpoint)) return;
      this.#eject(endpoint, monotonicMs());
    }, DOUBT_MS);
    this.#doubts.add(doubt);
  }

  /** It became ready anew: it starts clean. */
  forget(endpoint: Endpoint): void {
    endpoint.badInRow = endpoint.ejections = 0;
    if (this.#away.has(endpoint)) this.#bringBack(endpoint, 'ready');
  }

  /** After any change of who is ready: those who have gone are forgotten, and not too many may be away. */
  settle(): void {
    for (const endpoint of this.#away) if (!this.#owner.ready.includes(endpoint)) this.#away.delete(endpoint);
    while (this.#away.size > this.#most()) this.#bringBack(this.#next()!, 'too-few');
    this.#schedule();
  }

  close(): void {
    if (this.#timer) clearTimeout(this.#timer);
    for (const doubt of this.#doubts) clearTimeout(doubt);
  }

  #most(): number {
    const ready = this.#owner.ready.length;
    return Math.min(Math.max(0, ready - 1), Math.floor((ready * (this.policy?.mostPercent ?? 0)) / 100));
  }

  #eject(endpoint: Endpoint, now: number): void {
    const { forMs, longestMs } = this.policy!;
    if (!this.#owner.ready.includes(endpoint) || this.#away.size >= this.#most()) return;
    if (now - endpoint.ejectedUntil > FORGIVEN_MS) endpoint.ejections = 0;
    endpoint.ejections++;
    const time = Math.min(longestMs, forMs * endpoint.ejections);
    endpoint.ejectedUntil = now + time;
    this.#away.add(endpoint);
    this.#tell.onNews({ type: 'instance.ejected', ...endpoint.name, failures: endpoint.badInRow, forMs: time });
    this.#schedule();
    this.#owner.rebalance();
  }

  #bringBack(endpoint: Endpoint, reason: 'time' | 'ready' | 'too-few'): void {
    this.#away.delete(endpoint);
    endpoint.badInRow = 0;
    this.#tell.onNews({ type: 'instance.returned', ...endpoint.name, reason });
  }

  #next(): Endpoint | undefined {
    let next: Endpoint | undefined;
    for (const endpoint of this.#away) if (!next || endpoint.ejectedUntil < next.ejectedUntil) next = endpoint;
    return next;
  }

  #schedule(): void {
    if (this.#timer) clearTimeout(this.#timer);
    const next = this.#next();
    this.#timer =
      next === undefined
        ? null
        : setTimeout(
            () => {
              this.#bringBack(next, 'time');
              this.#schedule();
              this.#owner.rebalance();
            },
            Math.max(0, next.ejectedUntil - monotonicMs()),
          );
  }
}
