/** Counters of one caller towards one service: plain numbers, bumped by the request path. */
import type { EdgeStats } from '../protocol.ts';
import { Histogram } from './histogram.ts';

export class EdgeCounter {
  readonly caller: string;
  readonly callee: string;
  requests = 0;
  inFlight = 0;
  parked = 0;
  failed = 0;
  retries = 0;
  /** By the first digit of the final status, 1 to 5. */
  readonly classes = [0, 0, 0, 0, 0, 0];
  readonly durations = new Histogram();

  constructor(caller: string, callee: string) {
    this.caller = caller;
    this.callee = callee;
  }

  finished(status: number, ms: number): void {
    const digit = (status / 100) | 0;
    if (digit >= 1 && digit <= 5) this.classes[digit]!++;
    this.durations.record(ms);
  }

  snapshot(): EdgeStats {
    const [, s1, s2, s3, s4, s5] = this.classes as [number, number, number, number, number, number];
    return {
      caller: this.caller,
      callee: this.callee,
      requests: this.requests,
      inFlight: this.inFlight,
      parked: this.parked,
      status: { '1xx': s1, '2xx': s2, '3xx': s3, '4xx': s4, '5xx': s5 },
      failed: this.failed,
      retries: this.retries,
      p50: this.durations.percentile(0.5),
      p90: this.durations.percentile(0.9),
      p99: this.durations.percentile(0.99),
    };
  }
}
