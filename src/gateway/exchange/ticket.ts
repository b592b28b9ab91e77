/**
 * What one request holds of its lane: places behind its turnstiles, and the breaker's admission. Owns both until they are
 * given back, which happens once, however the request ends.
 */

import type { Flag } from '../../model/flags.ts';
import { monotonicMs } from '../io/clock.ts';
import { ADMITTED, type Admission, TURNED_AWAY } from '../services/breaker.ts';
import type { Endpoint } from '../services/endpoint.ts';
import type { Lane } from '../services/lane.ts';
import type { Turnstile } from '../services/turnstile.ts';
import type { Waiter } from '../services/waiter.ts';

/** A broken connection may be the instance's end, which is no reason for a breaker: the registry tells in a moment. */
const DOUBT_MS = 500;

/** Flags of failures that a breaker counts: the service had its chance. */
const COUNTS: ReadonlySet<Flag> = new Set(['UF', 'UC', 'UT', 'UPE', 'DT', 'FI']);

export class Ticket {
  readonly #lane: Lane;
  #turnstiles: readonly Turnstile[] = [];
  /** How many of them it has passed. */
  #passed = 0;
  /** At the next one it waits for its turn. */
  #isWaiting = false;
  #admission: Admission = TURNED_AWAY;
  #settled = false;

  constructor(lane: Lane) {
    this.#lane = lane;
  }

  /** @param turnstiles of the lane when the request came @returns `wait`: its waiter is woken; then `turn` */
  enter(turnstiles: readonly Turnstile[], waiter: Waiter): 'in' | 'wait' | 'full' {
    this.#turnstiles = turnstiles;
    return this.#go(waiter);
  }

  /** Its turn has come; there may be another turnstile behind. */
  turn(waiter: Waiter): 'in' | 'wait' | 'full' {
    this.#isWaiting = false;
    this.#passed++;
    return this.#go(waiter);
  }

  #go(waiter: Waiter): 'in' | 'wait' | 'full' {
    while (this.#passed < this.#turnstiles.length) {
      const entered = this.#turnstiles[this.#passed]!.enter(waiter);
      this.#isWaiting = entered === 'wait';
      if (entered !== 'in') return entered;
      this.#passed++;
    }
    return 'in';
  }

  /** Once for a request, however often it is repeated. */
  admit(now: number): boolean {
    if (this.#admission !== TURNED_AWAY) return true;
    const { breaker } = this.#lane;
    this.#admission = breaker === null ? ADMITTED : breaker.admit(now);
    return this.#admission !== TURNED_AWAY;
  }

  /** The service answered. */
  answered(status: number, now: number): void {
    if (this.#settled || this.#admission === TURNED_AWAY) return;
    this.#settled = true;
    if (status >= 500) this.#lane.breaker?.failed(now, this.#admission);
    else this.#lane.breaker?.succeeded(now, this.#admission);
  }

  /** It failed for good. @param broken the instance whose connection broke */
  failed(flag: Flag, now: number, broken: Endpoint | null): void {
    if (!COUNTS.has(flag) || this.#settled || this.#admission === TURNED_AWAY) return;
    this.#settled = true;
    const { breaker } = this.#lane;
    if (breaker === null) return;
    if (broken === null || this.#admission !== ADMITTED) {
      breaker.failed(now, this.#admission);
      return;
    }
    setTimeout(() => {
      if (broken.state === 'ready') breaker.failed(monotonicMs(), ADMITTED);
    }, DOUBT_MS).unref();
  }

  /** The request is over. @param waiter as it entered */
  giveBack(waiter: Waiter): void {
    if (!this.#settled && this.#admission !== TURNED_AWAY) {
      this.#settled = true;
      this.#lane.breaker?.abandoned(this.#admission);
    }
    const turnstiles = this.#turnstiles;
    if (turnstiles.length === 0) return;
    this.#turnstiles = [];
    if (this.#isWaiting) turnstiles[this.#passed]!.drop(waiter);
    // The last one first: whoever is let in at the first goes on to the next at once, and must find the place free.
    for (const turnstile of turnstiles.slice(0, this.#passed).reverse()) turnstile.leave();
  }
}
