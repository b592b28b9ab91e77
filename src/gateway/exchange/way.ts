/**
 * The way that a request takes once the stages have let it pass: its service and lane, what it holds of the lane, its
 * times, and the head that goes to an instance. Made once a request; owns nothing that outlives it.
 */
import { edgeLabel } from '../../model/fault.ts';
import type { Flag } from '../../model/flags.ts';
import { hashKeyOf } from '../balancers/hash-key.ts';
import type { EdgeCounter } from '../counters/edge-counter.ts';
import type { Stroke } from '../faults/dice.ts';
import { fieldValue } from '../http/fields.ts';
import { monotonicMs } from '../io/clock.ts';
import { grpcTimeoutMs } from '../problems/grpc.ts';
import type { Problem } from '../problems/problems.ts';
import type { Endpoint } from '../services/endpoint.ts';
import type { Lane } from '../services/lane.ts';
import type { Service } from '../services/service.ts';
import type { Waiter } from '../services/waiter.ts';
import type { Passage } from '../stages/stage.ts';
import type { ClientSide } from './client-side.ts';
import type { GatewayContext } from './context.ts';
import { Deadlines } from './deadlines.ts';
import { requestLines } from './request-lines.ts';
import { Ticket } from './ticket.ts';
import { serverTiming, timesOf } from './times.ts';

export class Way {
  readonly service: Service;
  readonly lane: Lane;
  readonly counter: EdgeCounter;
  readonly ticket: Ticket;
  readonly deadlines: Deadlines;
  /** What consistent hashing goes by. */
  readonly #key: string;
  readonly #head: string;
  /** Moments are monotonic milliseconds; 0 = it did not come to that. */
  readonly startedAt: number;
  sentAt = 0;
  headAt = 0;
  connectMs = 0;
  instance = '';
  #connectingAt = 0;
  readonly #tellsTimes: boolean;

  constructor(client: ClientSide, passage: Passage, { directory, serverTiming }: GatewayContext, startedAt: number) {
    this.#tellsTimes = serverTiming;
    this.startedAt = startedAt;
    const { caller } = client.listener;
    const { rule } = passage;
    const service = directory.service(passage.service);
    const lane =
      rule === null || rule.words === null
        ? service.lane(caller)
        : service.routeLane(caller, { key: rule.key, label: rule.label, words: rule.words });
    const { timeouts, balancer } = lane.policy;
    this.service = service;
    this.lane = lane;
    this.counter = lane.counter;
    this.counter.requests++;
    this.counter.inFlight++;
    lane.budget.requested();
    this.ticket = new Ticket(lane);
    this.deadlines = new Deadlines(timeouts, passage, startedAt, client.isGrpc ? grpcTimeoutMs(client.head.fields) : 0);
    this.#key = balancer.kind === 'consistent-hash' ? hashKeyOf(balancer.key, client.head, client.peer) : '';
    this.#head = requestLines(client, passage);
  }

  /** Takes a place where so many may be at once. @param waiter woken when its turn comes */
  enter(waiter: Waiter, now: number): 'in' | 'wait' | 'full' {
    const { turnstiles } = this.lane;
    if (turnstiles.length === 0) return 'in';
    this.deadlines.wait(now + this.lane.policy.limit.queueMs);
    return this.ticket.enter(turnstiles, waiter);
  }

  /** It waits no longer where it waited. @returns as `enter` */
  turn(waiter: Waiter): 'in' | 'wait' | 'full' {
    const entered = this.ticket.turn(waiter);
    if (entered === 'in') this.deadlines.clear();
    return entered;
  }

  pick(tried: readonly Endpoint[] | null, now: number): Endpoint | null {
    return this.service.pick(this.lane, this.#key, tried, now);
  }

  /** The head to send now: with the time that is left, where there is a limit. */
  head(now: number): string {
    return this.deadlines.hasWhole ? `${this.#head.slice(0, -2)}${this.deadlines.line(now)}\r\n` : this.#head;
  }

  /** Whether the circuit turns it away. While no instance is ready it does not: a new instance closes the circuit. */
  isShut(now: number): boolean {
    return !this.ticket.admit(now) && this.service.ready.length > 0;
  }

  /** Seconds until the circuit lets something through. */
  retryAfter(now: number): number {
    return Math.ceil((this.lane.breaker?.waitMs(now) ?? 0) / 1000) || 1;
  }

  /** @param connectingAt 0: a connection was there */
  picked(instance: string, connectingAt: number): void {
    this.instance = instance;
    this.#connectingAt = connectingAt;
  }

  sent(now: number): void {
    this.sentAt = now;
    this.connectMs = this.#connectingAt === 0 ? 0 : now - this.#connectingAt;
  }

  /** It failed for good. @param broken the instance whose connection broke */
  failed(flag: Flag, broken: Endpoint | null): void {
    this.counter.failed++;
    this.ticket.failed(flag, monotonicMs(), broken);
  }

  /** @param waiter as it entered @param status 0 when the client went before there was one */
  over(waiter: Waiter, status: number, ms: number): void {
    this.ticket.giveBack(waiter);
    this.counter.inFlight--;
    if (status > 0) this.counter.finished(status, ms);
  }

  /** As it was sent. */
  get requestId(): string {
    return fieldValue(this.#head.slice(this.#head.indexOf('\n') + 1), 'x-request-id') ?? '';
  }

  get traceparent(): string {
    return fieldValue(this.#head.slice(this.#head.indexOf('\n') + 1), 'traceparent') ?? '';
  }

  /** What the head of an answer says of the times, as a field line; '' unless that is asked for. */
  timingLine(now: number): string {
    return this.#tellsTimes ? serverTiming(timesOf(this, now)) : '';
  }

  /** A problem with what is known of the way to it. @param stroke of the fault that had a hand in it */
  placed(problem: Problem, attempts: number, stroke: Stroke | null): Problem {
    const lines = (problem.lines ?? '') + (stroke?.line ?? '') + serverTiming(timesOf(this, monotonicMs()));
    const own = { service: this.service.name, attempts, ...problem, lines };
    return stroke === null ? own : { fault: stroke.fault, edge: edgeLabel(this.lane), ...own };
  }
}

/** A problem with the field lines that the stages want on it. */
export function withLines(problem: Problem, passage: Passage): Problem {
  const lines = (problem.lines ?? '') + passage.problemLines;
  return lines === '' ? problem : { ...problem, lines };
}
