/**
 * The way from one caller (or one route) to one service: its counters, and what its policy puts in the way: faults,
 * breaker, limit, balancer. The request path holds on to its lane from beginning to end; everything else looks at it from
 * outside. Owns all of that; a changed policy replaces only the parts that changed.
 */
import { type Fault, meets } from '../../model/fault.ts';
import { DEFAULT_POLICY, type Policy } from '../../model/policy.ts';
import type { Balancer } from '../balancers/balancer.ts';
import { balancerOf } from '../balancers/index.ts';
import type { EdgeCounter } from '../counters/edge-counter.ts';
import { Dice } from '../faults/dice.ts';
import type { Limits } from '../limits.ts';
import type { EdgeStats } from '../protocol.ts';
import { Breaker, type BreakerChange } from './breaker.ts';
import type { RetryBudget } from './retry-budget.ts';
import type { Tell } from './tell.ts';
import { Turnstile } from './turnstile.ts';

export interface LaneName {
  /** `client` for the public port. */
  readonly caller: string;
  readonly callee: string;
  /** Of a route with words of its own. */
  readonly route?: string;
}

/** What lanes of one service share. */
export interface LaneParts {
  readonly tell: Tell;
  readonly limits: Limits;
  readonly budget: RetryBudget;
  /** The lane of the edge as a whole counts for its routes too. */
  readonly counter: EdgeCounter;
}

export class Lane {
  readonly caller: string;
  readonly callee: string;
  readonly counter: EdgeCounter;
  readonly budget: RetryBudget;
  policy: Policy = DEFAULT_POLICY;
  /** With this lane's time to connect. */
  limits: Limits;
  /** null = no fault meets this edge: all that the request path looks at. */
  dice: Dice | null = null;
  breaker: Breaker | null = null;
  /** null = no limit. */
  turnstile: Turnstile | null = null;
  balancer: Balancer = balancerOf(DEFAULT_POLICY.balancer.kind).create();
  readonly #name: LaneName;
  readonly #parts: LaneParts;
  #faults: readonly Fault[] = [];

  constructor(name: LaneName, parts: LaneParts) {
    this.caller = name.caller;
    this.callee = name.callee;
    this.counter = parts.counter;
    this.budget = parts.budget;
    this.limits = parts.limits;
    this.#name = name;
    this.#parts = parts;
    this.#setBreaker();
  }

  setPolicy(policy: Policy): void {
    const before = this.policy;
    this.policy = policy;
    const changed = (part: keyof Policy): boolean => JSON.stringify(before[part]) !== JSON.stringify(policy[part]);
    if (changed('timeouts')) this.limits = { ...this.#parts.limits, connectMs: policy.timeouts.connectMs };
    if (changed('balancer')) this.balancer = balancerOf(policy.balancer.kind).create();
    // Who is inside the old one leaves the old one.
    if (changed('limit')) this.turnstile = policy.limit.inFlight > 0 ? new Turnstile(policy.limit) : null;
    if (changed('breaker')) {
      this.resetBreaker('definition');
      this.#setBreaker();
    }
  }

  /** The faults of the whole gateway; a lane that is met by the same ones as before goes on in its sequence. */
  setFaults(all: readonly Fault[]): void {
    const mine = all.filter((fault) => meets(fault, this));
    const same = mine.every((fault, i) => JSON.stringify(fault) === JSON.stringify(this.#faults[i]));
    if (mine.length === this.#faults.length && same) return;
    this.#faults = mine;
    this.dice = mine.length === 0 ? null : new Dice(mine, this);
  }

  resetBreaker(reason: 'ready' | 'definition'): void {
    if (this.breaker?.reset()) this.#parts.tell.onNews({ type: 'breaker.closed', ...this.#name, reason });
  }

  stats(): EdgeStats {
    const { caller, callee } = this;
    return {
      caller,
      callee,
      ...this.counter.snapshot(),
      breaker: this.breaker?.stats ?? null,
      faults: this.#faults.map(({ id }) => id),
      limit: this.turnstile && { ...this.policy.limit, inside: this.turnstile.inside, waiting: this.turnstile.waiting },
    };
  }

  #setBreaker(): void {
    const { breaker } = this.policy;
    this.breaker = breaker && new Breaker(breaker, (change) => this.#changed(change));
  }

  #changed({ opened, ...facts }: BreakerChange): void {
    const name = this.#name;
    this.#parts.tell.onNews(
      opened
        ? { type: 'breaker.opened', ...name, ...facts, openMs: this.policy.breaker?.openMs ?? 0 }
        : { type: 'breaker.closed', ...name, reason: 'trial' },
    );
  }
}
