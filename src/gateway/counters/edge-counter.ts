/** Counters of one caller towards one service: plain numbers, bumped by the request path. */
import type { Flag } from '../../model/flags.ts';
import type { EdgeStats } from '../protocol.ts';
import { Histogram } from './histogram.ts';

export class EdgeCounter {
  requests = 0;
  inFlight = 0;
  parked = 0;
  failed = 0;
  retries = 0;
  /** Requests that a fault delayed, answered or broke off. */
  faulted = 0;
  /** By the first digit of the final status, 1 to 5. */
  readonly classes = [0, 0, 0, 0, 0, 0];
  readonly durations = new Histogram();
  readonly #reasons = new Map<Flag, number>();

  finished(status: number, ms: number): void {
    const digit = (status / 100) | 0;
    if (digit >= 1 && digit <= 5) this.classes[digit]!++;
    this.durations.record(ms);
  }

  /** Off the usual path: only requests that did not simply go well have a flag. */
  flagged(flag: Flag): void {
    this.#reasons.set(flag, (this.#reasons.get(flag) ?? 0) + 1);
  }

  snapshot(): Omit<EdgeStats, 'caller' | 'callee' | 'breaker' | 'faults' | 'limit' | 'serviceLimit'> {
    const [, s1, s2, s3, s4, s5] = this.classes as [number, number, number, number, number, number];
    return {
      requests: this.requests,
      inFlight: this.inFlight,
      parked: this.parked,
      status: { '1xx': s1, '2xx': s2, '3xx': s3, '4xx': s4, '5xx': s5 },
      failed: this.failed,
      retries: this.retries,
      faulted: this.faulted,
      reasons: Object.fromEntries(this.#reasons),
      latency: this.durations.snapshot(),
      p50: this.durations.percentile(0.5),
      p90: this.durations.percentile(0.9),
      p99: this.durations.percentile(0.99),
    };
  }
}
