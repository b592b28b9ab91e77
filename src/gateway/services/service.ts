/**
 * One service: the instances that take requests, and the requests that wait for one. Owns its immutable list of ready
 * endpoints (replaced on change), its queue, its retry budget and its lanes.
 */

import type { Fault } from '../../model/fault.ts';
import { type Policy, type PolicyWords, policyOf } from '../../model/policy.ts';
import type { Protocol } from '../../model/route.ts';
import type { Availability, Row } from '../../registry/registry.ts';
import type { Balancer } from '../balancers/balancer.ts';
import { EdgeCounter } from '../counters/edge-counter.ts';
import { type Failure, isBroken } from '../exchange/upstream-connection.ts';
import { monotonicMs } from '../io/clock.ts';
import type { Limits } from '../limits.ts';
import type { InstanceStats } from '../protocol.ts';
import { Endpoint } from './endpoint.ts';
import { Lane, type LaneName } from './lane.ts';
import { Outliers } from './outliers.ts';
import { RetryBudget } from './retry-budget.ts';
import type { Tell } from './tell.ts';
import { Turnstile } from './turnstile.ts';
import type { InstanceWaiter } from './waiter.ts';

/** Pause before requests try again whose every instance refused; doubles up to the cap. */
const AGAIN_MS = 25;
const AGAIN_CAP_MS = 250;

/** A route with words of its own. */
export interface LaneRoute {
  readonly key: string;
  readonly label: string;
  readonly words: PolicyWords;
}

export class Service {
  readonly name: string;
  /** Endpoints with a row, by instance. */
  readonly endpoints = new Map<string, Endpoint>();
  ready: readonly Endpoint[] = [];
  availability: Availability = 'stopped';
  readonly waiting = new Set<InstanceWaiter>();
  readonly budget = new RetryBudget();
  protocol: Protocol = 'http';
  readonly #limits: Limits;
  readonly #tell: Tell;
  readonly #lanes = new Map<string, Lane>();
  readonly #routeLanes = new Map<string, Lane>();
  /** Of the service as a whole, whoever calls; null = no limit. */
  #turnstile: Turnstile | null = null;
  #faults: readonly Fault[] = [];
  #policy: Policy;
  #callers: Readonly<Record<string, PolicyWords>> = {};
  readonly #outliers: Outliers;
  /** Ready and not ejected; of those, the ones that weigh something where there are any. */
  #balanced: readonly Endpoint[] = [];
  /** Not all of the ready ones weigh the same. */
  #isWeighted = false;
  /** No endpoint is passed over from then on. */
  #avoidUntil = 0;
  #againTimer: NodeJS.Timeout | null = null;
  #againMs = AGAIN_MS;

  /** @param policy until another is set */
  constructor(name: string, tell: Tell, limits: Limits, policy: Policy) {
    this.name = name;
    this.#tell = tell;
    this.#limits = limits;
    this.#policy = policy;
    this.#outliers = new Outliers(this, tell);
    this.#outliers.policy = this.#policy.ejection;
  }

  /**
   * @param policy what holds for the service as a whole
   * @param callers words of single edges, by caller
   * @param routes words of routes, by key
   */
  setPolicy(
    policy: Policy,
    callers: Readonly<Record<string, PolicyWords>>,
    routes: ReadonlyMap<string, PolicyWords> = new Map(),
  ): void {
    const { limit: before } = this.#policy;
    this.#policy = policy;
    this.#callers = callers;
    this.#outliers.policy = policy.ejection;
    this.budget.setPolicy(policy.retries);
    const { limit } = policy;
    if (limit.inFlight !== before.inFlight || limit.queue !== before.queue || limit.queueMs !== before.queueMs) {
      this.#turnstile = limit.inFlight > 0 ? new Turnstile(limit) : null;
    }
    for (const lane of this.#lanes.values()) this.#treat(lane, callers[lane.caller]);
    for (const [key, lane] of this.#routeLanes) {
      const words = routes.get(key);
      if (words !== undefined) this.#treat(lane, words);
      // With requests inside it stays for another table, which may have its route again.
      else if (lane.retire()) this.#routeLanes.delete(key);
    }
    this.#rebuild();
  }

  setProtocol(protocol: Protocol): void {
    this.protocol = protocol;
    for (const endpoint of this.endpoints.values()) endpoint.isHttp2 = protocol === 'h2c';
  }

  /** The way to this service from that caller. */
  lane(caller: string): Lane {
    let lane = this.#lanes.get(caller);
    if (!lane) {
      lane = this.#newLane({ caller, callee: this.name }, new EdgeCounter(), this.#callers[caller]);
      this.#lanes.set(caller, lane);
    }
    return lane;
  }

  /** The way of a route with words of its own; it counts with its caller's, and lasts as long as tables have the route. */
  routeLane(caller: string, { key, label, words }: LaneRoute): Lane {
    let lane = this.#routeLanes.get(key);
    if (!lane) {
      lane = this.#newLane({ caller, callee: this.name, route: label }, this.lane(caller).counter, words);
      this.#routeLanes.set(key, lane);
    }
    return lane;
  }

  #newLane(name: LaneName, counter: EdgeCounter, words: PolicyWords | undefined): Lane {
    const lane = new Lane(name, { tell: this.#tell, limits: this.#limits, shared: this.budget, counter });
    this.#treat(lane, words);
    lane.setFaults(this.#faults);
    return lane;
  }

  #treat(lane: Lane, words: PolicyWords | undefined): void {
    lane.setPolicy(policyOf(this.#policy, words), words, this.#turnstile);
  }

  get lanes(): Iterable<Lane> {
    return this.#lanes.values();
  }

  setFaults(faults: readonly Fault[]): void {
    this.#faults = faults;
    for (const lane of this.#lanes.values()) lane.setFaults(faults);
    for (const lane of this.#routeLanes.values()) lane.setFaults(faults);
  }

  instances(): InstanceStats[] {
    return [...this.endpoints.values()].map((endpoint) => endpoint.stats(this.#outliers.has(endpoint)));
  }

  /** The endpoint for a request, never one it has tried; null when there is none. */
  pick({ balancer }: Lane, key: string, tried: readonly Endpoint[] | null, now: number): Endpoint | null {
    const balanced = this.#balanced;
    if (balanced.length === 0) return null;
    if (tried === null && now >= this.#avoidUntil) return this.#choose(balancer, balanced, key);
    const untried = tried === null ? this.ready : this.ready.filter((endpoint) => !tried.includes(endpoint));
    if (untried.length === 0) return null;
    const good = untried.filter((endpoint) => endpoint.avoidUntil <= now && !this.#outliers.has(endpoint));
    return this.#choose(balancer, weighing(good.length > 0 ? good : untried), key);
  }

  /** @param from at least one; all of them weigh something, or none does */
  #choose(balancer: Balancer, from: readonly Endpoint[], key: string): Endpoint {
    return this.#isWeighted && from[0]!.weight > 0 ? balancer.pickWeighted(from, key) : balancer.pick(from, key);
  }

  /** An attempt was answered. @param ms from its last byte sent to the response's head */
  answered(endpoint: Endpoint, status: number, ms: number): void {
    endpoint.observe(ms);
    if (endpoint.failures > 0) endpoint.cleared();
    if (status >= 500) this.#outliers.failed(endpoint, true, monotonicMs());
    else endpoint.badInRow = 0;
  }

  /** An attempt failed. Tells the engine at the 1st, 2nd, 4th, 8th ... broken connection in a row. */
  failed(endpoint: Endpoint, failure: Failure | 'timeout', now: number): void {
    // Connections that are refused cost nothing: passing it over for a moment is enough. Of TCP nothing else is seen.
    if (this.protocol === 'tcp') this.#outliers.failed(endpoint, false, now);
    else if (failure !== 'refused') this.#outliers.failed(endpoint, !isBroken(failure), now);
    if (failure !== 'refused' && !isBroken(failure)) return;
    const count = endpoint.failed(now);
    this.#avoidUntil = Math.max(this.#avoidUntil, endpoint.avoidUntil);
    if ((count & (count - 1)) === 0) this.#tell.onSuspect(endpoint.id, count);
  }

  /** Who is in balancing has changed. */
  rebalance(): void {
    const { ready } = this;
    this.#balanced = weighing(
      this.#outliers.someAway ? ready.filter((endpoint) => !this.#outliers.has(endpoint)) : ready,
    );
    this.#isWeighted = ready.some(({ weight }) => weight !== ready[0]!.weight);
  }

  put(row: Row): void {
    let endpoint = this.endpoints.get(row.id);
    if (endpoint && (endpoint.host !== row.host || endpoint.port !== row.port)) {
      this.#retire(endpoint);
      endpoint = undefined;
    }
    if (!endpoint) {
      endpoint = new Endpoint(row);
      endpoint.isHttp2 = this.protocol === 'h2c';
      endpoint.state = 'starting';
      this.endpoints.set(row.id, endpoint);
    }
    const fresh = row.state === 'ready' && endpoint.state !== 'ready';
    endpoint.state = row.state;
    endpoint.weight = row.weight ?? 1;
    if (row.state !== 'ready') endpoint.closeIdle();
    if (fresh) this.#cleanStart(endpoint);
    this.#rebuild();
  }

  remove(id: string): void {
    const endpoint = this.endpoints.get(id);
    if (!endpoint) return;
    this.endpoints.delete(id);
    this.#retire(endpoint);
    this.#rebuild();
  }

  setAvailability(availability: Availability): void {
    this.availability = availability;
    if (availability !== 'expected' && this.ready.length === 0) for (const waiter of [...this.waiting]) waiter.giveUp();
  }

  /** Wakes the requests that wait although instances are ready: all of them refused a moment ago. */
  tryAgainSoon(): void {
    if (this.#againTimer) return;
    this.#againTimer = setTimeout(() => {
      this.#againTimer = null;
      this.#wake();
    }, this.#againMs);
    this.#againMs = Math.min(AGAIN_CAP_MS, this.#againMs * 2);
  }

  close(): void {
    if (this.#againTimer) clearTimeout(this.#againTimer);
    this.#outliers.close();
    for (const endpoint of this.endpoints.values()) this.#retire(endpoint);
  }

  /** An instance became ready: what failed before it says nothing about it. */
  #cleanStart(endpoint: Endpoint): void {
    endpoint.cleared();
    this.#outliers.forget(endpoint);
    for (const lane of this.#lanes.values()) lane.resetBreaker('ready');
    for (const lane of this.#routeLanes.values()) lane.resetBreaker('ready');
  }

  #retire(endpoint: Endpoint): void {
    endpoint.state = 'draining';
    endpoint.closeIdle();
  }

  #rebuild(): void {
    this.ready = [...this.endpoints.values()].filter((endpoint) => endpoint.state === 'ready');
    this.#againMs = AGAIN_MS;
    this.#outliers.settle();
    this.rebalance();
    if (this.ready.length > 0) this.#wake();
    else this.setAvailability(this.availability);
  }

  #wake(): void {
    if (this.ready.length === 0) return;
    for (const waiter of [...this.waiting]) waiter.wake();
  }
}

/** Those that weigh something; all when none does. */
function weighing(endpoints: readonly Endpoint[]): readonly Endpoint[] {
  if (endpoints.every(({ weight }) => weight > 0)) return endpoints;
  const heavy = endpoints.filter(({ weight }) => weight > 0);
  return heavy.length > 0 ? heavy : endpoints;
}
