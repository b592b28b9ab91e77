/**
 * The clock of the request path. `performance` as a global is looked up through a getter on each use in Node 20; from its
 * module it is a property.
 */
import { performance } from 'node:perf_hooks';

/** Monotonic milliseconds, with fractions: `performance.now()`. */
export function monotonicMs(): number {
  return performance.now();
}
