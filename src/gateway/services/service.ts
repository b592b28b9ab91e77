/**
 * One service: the instances that take requests, and the requests that wait for one. Owns its immutable list of ready
 * endpoints (replaced on change), its queue, its retry budget and its counters.
 */

import type { Fault } from '../../model/fault.ts';
import type { BalancerKind } from '../../model/route.ts';
import type { Availability, Row } from '../../registry/registry.ts';
import type { Balancer } from '../balancers/balancer.ts';
import { balancerOf, DEFAULT_BALANCER } from '../balancers/index.ts';
import type { Failure } from '../exchange/upstream-connection.ts';
import { Endpoint } from './endpoint.ts';
import { Lane } from './lane.ts';
import { RetryBudget } from './retry-budget.ts';
import type { Tell } from './tell.ts';

/** A request that waits: woken when it may try again, or told that waiting is over. */
export interface Waiter {
  wake(): void;
  giveUp(): void;
}

/** Pause before requests try again whose every instance refused; doubles up to the cap. */
const AGAIN_MS = 25;
const AGAIN_CAP_MS = 250;

export class Service {
  readonly name: string;
  /** Endpoints with a row, by instance. */
  readonly endpoints = new Map<string, Endpoint>();
  ready: readonly Endpoint[] = [];
  availability: Availability = 'stopped';
  readonly waiting = new Set<Waiter>();
  readonly budget = new RetryBudget();
  readonly #lanes = new Map<string, Lane>();
  #faults: readonly Fault[] = [];
  readonly #tell: Tell;
  #balancerKind: BalancerKind = DEFAULT_BALANCER;
  #balancer: Balancer = balancerOf(DEFAULT_BALANCER).create();
  /** No endpoint is passed over from then on. */
  #avoidUntil = 0;
  #againTimer: NodeJS.Timeout | null = null;
  #againMs = AGAIN_MS;

  constructor(name: string, tell: Tell) {
    this.name = name;
    this.#tell = tell;
  }

  setBalancer(kind: BalancerKind): void {
    if (kind === this.#balancerKind) return;
    this.#balancerKind = kind;
    this.#balancer = balancerOf(kind).create();
  }

  /** The way to this service from that caller. */
  lane(caller: string): Lane {
    let lane = this.#lanes.get(caller);
    if (!lane) {
      lane = new Lane(caller, this.name);
      lane.setFaults(this.#faults);
      this.#lanes.set(caller, lane);
    }
    return lane;
  }

  get lanes(): Iterable<Lane> {
    return this.#lanes.values();
  }

  setFaults(faults: readonly Fault[]): void {
    this.#faults = faults;
    for (const lane of this.#lanes.values()) lane.setFaults(faults);
  }

  /** The endpoint for a request, never one it has tried; null when there is none. */
  pick(key: string, tried: readonly Endpoint[] | null, now: number): Endpoint | null {
    const ready = this.ready;
    if (ready.length === 0) return null;
    if (tried === null && now >= this.#avoidUntil) return this.#balancer.pick(ready, key);
    const untried = tried === null ? ready : ready.filter((endpoint) => !tried.includes(endpoint));
    if (untried.length === 0) return null;
    const good = untried.filter((endpoint) => endpoint.avoidUntil <= now);
    return this.#balancer.pick(good.length > 0 ? good : untried, key);
  }

  /** An attempt was answered. @param ms from its last byte sent to the response's head */
  answered(endpoint: Endpoint, _status: number, _ms: number): void {
    if (endpoint.failures > 0) endpoint.cleared();
  }

  /** An attempt failed. Tells the engine at the 1st, 2nd, 4th, 8th ... broken connection in a row. */
  failed(endpoint: Endpoint, failure: Failure | 'timeout', now: number): void {
    if (failure !== 'refused' && failure !== 'reset') return;
    const count = endpoint.failed(now);
    this.#avoidUntil = Math.max(this.#avoidUntil, endpoint.avoidUntil);
    if ((count & (count - 1)) === 0) this.#tell.onSuspect(endpoint.id, count);
  }

  put(row: Row): void {
    let endpoint = this.endpoints.get(row.id);
    if (endpoint && (endpoint.host !== row.host || endpoint.port !== row.port)) {
      this.#retire(endpoint);
      endpoint = undefined;
    }
    if (!endpoint) {
      endpoint = new Endpoint(row);
      this.endpoints.set(row.id, endpoint);
    }
    if (row.state === 'ready') endpoint.cleared();
    endpoint.state = row.state;
    if (row.state !== 'ready') endpoint.closeIdle();
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
    for (const endpoint of this.endpoints.values()) this.#retire(endpoint);
  }

  #retire(endpoint: Endpoint): void {
    endpoint.state = 'draining';
    endpoint.closeIdle();
  }

  #rebuild(): void {
    this.ready = [...this.endpoints.values()].filter((endpoint) => endpoint.state === 'ready');
    this.#againMs = AGAIN_MS;
    if (this.ready.length > 0) this.#wake();
    else this.setAvailability(this.availability);
  }

  #wake(): void {
    if (this.ready.length === 0) return;
    for (const waiter of [...this.waiting]) waiter.wake();
  }
}
