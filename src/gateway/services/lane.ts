/**
 * The way from one caller (or one route) to one service: its counters, and what its policy puts in the way: faults,
 * breaker, limit, balancer. The request path holds on to its lane from beginning to end; everything else looks at it from
 * outside. Owns all of that; a changed policy replaces only the parts that changed.
 */
import { type Fault, meets } from '../../model/fault.ts';
import { DEFAULT_POLICY, type Policy, type PolicyWords } from '../../model/policy.ts';
import type { Balancer } from '../balancers/balancer.ts';
import { balancerOf } from '../balancers/index.ts';
import type { EdgeCounter } from '../counters/edge-counter.ts';
import { Dice } from '../faults/dice.ts';
import type { Limits } from '../limits.ts';
import type { EdgeStats } from '../protocol.ts';
import { Breaker, type BreakerChange } from './breaker.ts';
import { RetryBudget } from './retry-budget.ts';
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
  readonly shared: RetryBudget;
  /** The lane of the edge as a whole counts for its routes too. */
  readonly counter: EdgeCounter;
}

export class Lane {
  readonly caller: string;
  readonly callee: string;
  readonly counter: EdgeCounter;
  /** The service's, unless this lane's words have one. */
  budget: RetryBudget;
  policy: Policy = DEFAULT_POLICY;
  /** With this lane's time to connect. */
  limits: Limits;
  /** null = no fault meets this edge: all that the request path looks at. */
  dice: Dice | null = null;
  breaker: Breaker | null = null;
  /** What a request has to get through, one after the other: its own limit, then that of the service as a whole. */
  turnstiles: readonly Turnstile[] = [];
  balancer: Balancer = balancerOf(DEFAULT_POLICY.balancer.kind).create();
  readonly #name: LaneName;
  readonly #parts: LaneParts;
  #faults: readonly Fault[] = [];
  #own: Turnstile | null = null;
  #shared: Turnstile | null = null;

  constructor(name: LaneName, parts: LaneParts) {
    this.caller = name.caller;
    this.callee = name.callee;
    this.counter = parts.counter;
    this.budget = parts.shared;
    this.limits = parts.limits;
    this.#name = name;
    this.#parts = parts;
    this.#setBreaker();
  }

  /** @param words of this lane alone; they are part of the policy @param shared what the whole service has */
  setPolicy(policy: Policy, words: PolicyWords | undefined, shared: Turnstile | null): void {
    const before = this.policy;
    this.policy = policy;
    const changed = (part: keyof Policy): boolean => JSON.stringify(before[part]) !== JSON.stringify(policy[part]);
    if (changed('timeouts')) this.limits = { ...this.#parts.limits, connectMs: policy.timeouts.connectMs };
    if (changed('balancer')) this.balancer = balancerOf(policy.balancer.kind).create();
    this.#setBudget(policy, words);
    const isOwn = words?.limit?.inFlight !== undefined && policy.limit.inFlight > 0;
    // Who is inside the old one leaves the old one.
    if (!isOwn) this.#own = null;
    else if (this.#own === null || changed('limit')) this.#own = new Turnstile(policy.limit);
    this.#shared = shared;
    this.turnstiles = [this.#own, shared].filter((turnstile) => turnstile !== null);
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

  /**
   * What it belonged to has gone: its circuit is told closed, and what still runs here opens no other.
   * @returns whether nothing does
   */
  retire(): boolean {
    this.resetBreaker('definition');
    this.policy = { ...this.policy, breaker: null };
    this.breaker = null;
    return this.#own === null || this.#own.inside + this.#own.waiting === 0;
  }

  #setBudget({ retries }: Policy, words: PolicyWords | undefined): void {
    const { budgetPercent, budgetPerSecond } = words?.retries ?? {};
    const { shared } = this.#parts;
    if (budgetPercent === undefined && budgetPerSecond === undefined) this.budget = shared;
    else if (this.budget === shared) this.budget = new RetryBudget(retries);
    else this.budget.setPolicy(retries);
  }

  stats(): EdgeStats {
    const { caller, callee } = this;
    return {
      caller,
      callee,
      ...this.counter.snapshot(),
      breaker: this.breaker?.stats ?? null,
      faults: this.#faults.map(({ id }) => id),
      limit: this.#own?.stats ?? null,
      serviceLimit: this.#shared?.stats ?? null,
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
