/**
 * One coarse clock for every deadline of the gateway: a timer object for each request would cost more than the request.
 * Owns the set of those that have a deadline; deadlines are met within a tick.
 */
import { monotonicMs } from './clock.ts';

const TICK_MS = 100;

export interface Timed {
  /** Looks at its deadlines. @param now as `monotonicMs` tells it */
  sweep(now: number): void;
}

export class Sweeper {
  readonly #members = new Set<Timed>();
  #timer: NodeJS.Timeout | null = null;

  add(member: Timed): void {
    this.#members.add(member);
    // Only ticks while there is something to watch, so that an idle gateway costs nothing. It looks behind the turn's
    // reading: after a long turn, or when the process stood still, timers run first, and would find missing what had come
    // in time and waited in the kernel.
    this.#timer ??= setInterval(() => setImmediate(() => this.#tick()), TICK_MS);
  }

  delete(member: Timed): void {
    this.#members.delete(member);
    if (this.#members.size === 0 && this.#timer) {
      clearInterval(this.#timer);
      this.#timer = null;
    }
  }

  #tick(): void {
    const now = monotonicMs();
    for (const member of this.#members) member.sweep(now);
  }
}
