/**
 * Tells when the engine itself was not running for a while: its process stopped, or the machine slept. What failed
 * straight afterwards says nothing about a service. Compares what a timer promised with the monotonic clock, and the
 * monotonic clock (which stands still while a machine sleeps) with the time since boot (which does not).
 */
import { uptime } from 'node:os';

export interface Clocks {
  /** Monotonic ms. */
  readonly now: () => number;
  /** Ms since boot, sleep included. */
  readonly sinceBoot: () => number;
}

/** Checks of one moment ask the system once: it opens a file each time. */
const ASKED_EVERY_MS = 50;

let asked = { now: Number.NEGATIVE_INFINITY, sinceBoot: 0 };

export const systemClocks: Clocks = {
  now: () => performance.now(),
  sinceBoot() {
    const now = performance.now();
    if (now - asked.now > ASKED_EVERY_MS) asked = { now, sinceBoot: uptime() * 1000 };
    return asked.sinceBoot + now - asked.now;
  },
};

export class GapWatch {
  readonly #clocks: Clocks;
  readonly #gapMs: number;
  #now: number;
  #sinceBoot: number;

  constructor(gapMs: number, clocks: Clocks = systemClocks) {
    this.#clocks = clocks;
    this.#gapMs = gapMs;
    this.#now = clocks.now();
    this.#sinceBoot = clocks.sinceBoot();
  }

  /**
   * To be asked at every check.
   * @param lateMs by how much the latest timer was late
   * @returns there was a gap since the last call
   */
  passed(lateMs: number): boolean {
    const now = this.#clocks.now();
    const sinceBoot = this.#clocks.sinceBoot();
    const slept = sinceBoot - this.#sinceBoot - (now - this.#now);
    this.#now = now;
    this.#sinceBoot = sinceBoot;
    return lateMs > this.#gapMs || slept > this.#gapMs;
  }
}
