/**
 * A request that waits: for an instance while one is expected, or for one that takes connections again. Owns its place in
 * the service's queue and how long it may stay there; made only when a request has to wait.
 */
import type { Limits } from '../limits.ts';
import type { Problem } from '../problems/problems.ts';
import type { Lane } from '../services/lane.ts';
import type { Service } from '../services/service.ts';
import type { InstanceWaiter } from '../services/waiter.ts';

/** The exchange, as the one who waits for it sees it. */
export interface Parked {
  /** It may try again. */
  resume(): void;
  /** There is none for it. */
  fail(problem: Problem): void;
}

export class Parking implements InstanceWaiter {
  isWaiting = false;
  readonly #owner: Parked;
  readonly #service: Service;
  readonly #lane: Lane;
  readonly #limits: Limits;
  /** When it began to wait since it was last sent; 0 = it does not. */
  #since = 0;
  #deadline = 0;

  constructor(owner: Parked, service: Service, lane: Lane, limits: Limits) {
    this.#owner = owner;
    this.#service = service;
    this.#lane = lane;
    this.#limits = limits;
  }

  /** Waits while an instance is expected; answers at once while none is, or when too many wait already. */
  enter(now: number): void {
    const service = this.#service;
    if (service.ready.length === 0 && service.availability !== 'expected') {
      this.#refuseUnready();
      return;
    }
    if (service.waiting.size >= this.#lane.policy.limit.queue) {
      this.#owner.fail({ code: 'queue-full', retryAfter: 1 });
      return;
    }
    if (this.#since === 0) this.#since = now;
    this.isWaiting = true;
    service.waiting.add(this);
    this.#lane.counter.parked++;
    this.#setDeadline();
    if (service.ready.length > 0) service.tryAgainSoon();
  }

  /** It was sent to an instance: a wait that follows is a new one. */
  sent(): void {
    this.#since = 0;
  }

  wake(): void {
    this.leave();
    this.#owner.resume();
  }

  giveUp(): void {
    this.leave();
    this.#refuseUnready();
  }

  leave(): void {
    if (!this.isWaiting) return;
    this.isWaiting = false;
    this.#service.waiting.delete(this);
    this.#lane.counter.parked--;
  }

  /** @param due something else than its own time is over */
  sweep(now: number, due: boolean): void {
    this.#setDeadline();
    if (now < this.#deadline && !due) return;
    const refusing = this.#service.ready.length > 0;
    this.leave();
    this.#owner.fail({ code: refusing ? 'connection-refused' : 'not-ready', retryAfter: 1 });
  }

  #setDeadline(): void {
    const { queueMs } = this.#lane.policy.limit;
    this.#deadline = this.#since + (this.#service.ready.length > 0 ? this.#limits.refusedMs : queueMs);
  }

  #refuseUnready(): void {
    const failed = this.#service.availability === 'failed';
    this.#owner.fail({ code: failed ? 'failed' : 'stopped', retryAfter: failed ? 5 : 1 });
  }
}
