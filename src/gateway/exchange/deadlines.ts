/**
 * The deadlines of one request: for what it waits for now, for the present try, and for the whole. Owns these moments;
 * 0 = none. The sweeper looks at them, so that they are met within a tick.
 */
import type { TimeoutPolicy } from '../../model/policy.ts';
import type { Passage } from '../stages/stage.ts';

export type Due = 'nothing' | 'whole' | 'try' | 'wait';

export class Deadlines {
  readonly #policy: TimeoutPolicy;
  readonly #responseMs: number;
  readonly #intakeMs: number;
  readonly #readerMs: number;
  /** The route says itself how long is waited, or that nobody is told. */
  readonly #isUntold: boolean;
  #wait = 0;
  #try = 0;
  #whole = 0;
  #delayedMs = 0;

  /**
   * A route's own times go first; a caller that says how long it waits makes the whole shorter, never longer.
   * @param grpcMs what a call of gRPC says; 0 = nothing
   */
  constructor(policy: TimeoutPolicy, { rule, head, listener, limits }: Passage, startedAt: number, grpcMs: number) {
    this.#policy = policy;
    this.#responseMs = rule?.backendMs || policy.responseMs;
    this.#intakeMs = Math.max(limits.bodyIdleMs, this.#responseMs);
    this.#readerMs = limits.bodyIdleMs;
    this.#isUntold = rule?.requestHeaders?.remove.has(EXPECTED) ?? false;
    const own = rule?.requestMs || policy.requestMs;
    const asked = shorter(listener.isEdge ? head.expectedMs : 0, grpcMs);
    const whole = shorter(own, asked);
    if (whole > 0) this.#whole = startedAt + whole;
  }

  get hasWhole(): boolean {
    return this.#whole !== 0;
  }

  due(now: number): Due {
    if (this.#whole !== 0 && now >= this.#whole) return 'whole';
    if (this.#try !== 0 && now >= this.#try) return 'try';
    return this.#wait !== 0 && now >= this.#wait ? 'wait' : 'nothing';
  }

  wait(until: number): void {
    this.#wait = until;
  }

  /** A fault holds the request back. To whoever waits the callee looks slow, so that the time counts as the callee's. */
  delay(now: number, ms: number): void {
    this.#delayedMs = ms;
    this.#wait = now + this.#responseMs;
    this.beginTry(now + ms);
  }

  beginTry(now: number): void {
    if (this.#policy.tryMs > 0) this.#try = now + this.#policy.tryMs - this.#delayedMs;
  }

  awaitHead(now: number): void {
    this.#wait = now + this.#responseMs - this.#delayedMs;
  }

  /** The instance takes no more of the body for now. One that may take long to answer may as well take long to read. */
  awaitIntake(now: number): void {
    this.#wait = now + this.#intakeMs;
  }

  /** The client takes no more of the answer for now. */
  awaitReader(now: number): void {
    this.#wait = now + this.#readerMs;
  }

  /** Whoever was waited for has taken what it was sent. */
  taken(): void {
    this.#wait = 0;
  }

  /** Nothing is waited for any more, but the whole goes on. */
  clear(): void {
    this.#wait = this.#try = 0;
  }

  /** It has become a tunnel, which may last for ever. */
  end(): void {
    this.#wait = this.#try = this.#whole = 0;
  }

  /** How long the answer is waited for, as a field line; Envoy's name for it. '' when for ever, or not to be told. */
  line(now: number): string {
    if (this.#whole === 0 || this.#isUntold) return '';
    return `X-Envoy-Expected-Rq-Timeout-Ms: ${Math.max(1, Math.round(this.#whole - now))}\r\n`;
  }
}

const EXPECTED = 'x-envoy-expected-rq-timeout-ms';

/** 0 = none. */
function shorter(a: number, b: number): number {
  return a === 0 || (b > 0 && b < a) ? b : a;
}
