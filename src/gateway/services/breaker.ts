/**
 * A circuit breaker: counts how requests end in a sliding window of ten buckets, turns requests away for a while when too
 * many failed, then lets a few through on trial. Owns its window and state. The request path pays one comparison while
 * it is closed and a few integer operations for each end.
 */
import type { BreakerPolicy } from '../../model/policy.ts';
import type { BreakerStats } from '../protocol.ts';

const BUCKETS = 10;

/** What a request may do. */
export const TURNED_AWAY = 0;
export const ADMITTED = 1;
/** It decides whether the circuit closes: its end must be reported, whatever it is. */
export const ON_TRIAL = 2;
export type Admission = typeof TURNED_AWAY | typeof ADMITTED | typeof ON_TRIAL;

export interface BreakerChange {
  readonly opened: boolean;
  readonly failures: number;
  readonly requests: number;
  readonly again: boolean;
}

export class Breaker {
  readonly policy: BreakerPolicy;
  readonly #onChange: (change: BreakerChange) => void;
  readonly #bucketMs: number;
  readonly #good = new Uint32Array(BUCKETS);
  readonly #bad = new Uint32Array(BUCKETS);
  #slot = 0;
  #goodSum = 0;
  #badSum = 0;
  #state: BreakerStats['state'] = 'closed';
  #openUntil = 0;
  #onTrial = 0;
  #trialsPassed = 0;
  #opened = 0;
  #rejected = 0;

  constructor(policy: BreakerPolicy, onChange: (change: BreakerChange) => void) {
    this.policy = policy;
    this.#onChange = onChange;
    this.#bucketMs = Math.max(1, policy.windowMs / BUCKETS);
  }

  get stats(): BreakerStats {
    return { state: this.#state, opened: this.#opened, rejected: this.#rejected };
  }

  /** Milliseconds until it is worth asking again. */
  waitMs(now: number): number {
    return Math.max(0, this.#openUntil - now);
  }

  admit(now: number): Admission {
    if (this.#state === 'closed') return ADMITTED;
    if (this.#state === 'open') {
      if (now < this.#openUntil) {
        this.#rejected++;
        return TURNED_AWAY;
      }
      this.#state = 'half-open';
      this.#onTrial = this.#trialsPassed = 0;
    }
    if (this.#onTrial >= this.policy.trials) {
      this.#rejected++;
      return TURNED_AWAY;
    }
    this.#onTrial++;
    return ON_TRIAL;
  }

  succeeded(now: number, admission: Admission): void {
    this.#turn(now);
    this.#good[this.#slot % BUCKETS]!++;
    this.#goodSum++;
    if (admission !== ON_TRIAL || this.#state !== 'half-open') return;
    this.#onTrial--;
    if (++this.#trialsPassed >= this.policy.trials) this.#close();
  }

  failed(now: number, admission: Admission): void {
    if (admission === ON_TRIAL) {
      if (this.#state === 'half-open') this.#open(now, true);
      return;
    }
    if (this.#state !== 'closed') return;
    this.#turn(now);
    this.#bad[this.#slot % BUCKETS]!++;
    this.#badSum++;
    const all = this.#goodSum + this.#badSum;
    if (all >= this.policy.requests && this.#badSum * 100 >= all * this.policy.failurePercent) this.#open(now, false);
  }

  /** It ended without telling anything of the service: the client left, or no instance was there. */
  abandoned(admission: Admission): void {
    if (admission === ON_TRIAL && this.#state === 'half-open') this.#onTrial--;
  }

  /** Old failures say nothing any more. @returns whether it was not closed */
  reset(): boolean {
    const was = this.#state !== 'closed';
    this.#state = 'closed';
    this.#forget();
    return was;
  }

  #open(now: number, again: boolean): void {
    const failures = this.#badSum;
    const requests = this.#goodSum + this.#badSum;
    this.#state = 'open';
    this.#openUntil = now + this.policy.openMs;
    this.#opened++;
    this.#onChange({ opened: true, failures, requests, again });
  }

  #close(): void {
    this.#state = 'closed';
    this.#forget();
    this.#onChange({ opened: false, failures: 0, requests: 0, again: false });
  }

  #forget(): void {
    this.#good.fill(0);
    this.#bad.fill(0);
    this.#goodSum = this.#badSum = 0;
  }

  /** Empties the buckets that have left the window. */
  #turn(now: number): void {
    const slot = Math.floor(now / this.#bucketMs);
    if (slot === this.#slot) return;
    if (slot - this.#slot >= BUCKETS) this.#forget();
    else {
      for (let i = this.#slot + 1; i <= slot; i++) {
        this.#goodSum -= this.#good[i % BUCKETS]!;
        this.#badSum -= this.#bad[i % BUCKETS]!;
        this.#good[i % BUCKETS] = this.#bad[i % BUCKETS] = 0;
      }
    }
    this.#slot = slot;
  }
}
