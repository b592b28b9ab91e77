/**
 * Draws what the faults of one edge do to each request. Every fault draws the same number of times for every request,
 * whatever comes out, from a generator seeded with its seed and the edge: request n meets the same outcome in each run,
 * and other edges do not disturb it. Owns its generators.
 */
import { edgeLabel, type Fault, type FaultTarget } from '../../model/fault.ts';
import { hash32 } from '../balancers/hash.ts';

export interface Stroke {
  /** 0 = none. */
  readonly delayMs: number;
  /** At which the answer comes; 0 = as fast as it does. */
  readonly bytesPerSecond: number;
  readonly end: 'pass' | 'error' | 'reset' | 'abort';
  /** Of `error`. */
  readonly status: number;
  /** The fault that decided the end, else the first one that delays or slows; '' when the request is not touched. */
  readonly fault: string;
  /** What the answer says of it: `X-Msvc-Fault: f1` with its CRLF. */
  readonly line: string;
}

export class Dice {
  readonly #faults: readonly { readonly fault: Fault; readonly random: () => number }[];

  /** @param faults at least one; all of them meet the edge */
  constructor(faults: readonly Fault[], edge: FaultTarget) {
    this.#faults = faults.map((fault) => ({ fault, random: mulberry32(fault.seed ^ hash32(edgeLabel(edge))) }));
  }

  roll(): Stroke {
    let delayMs = 0;
    let bytesPerSecond = 0;
    let end: Stroke['end'] = 'pass';
    let status = 0;
    let name = '';
    for (const { fault, random } of this.#faults) {
      const delayed = random() * 100 < fault.delayPercent;
      const jitter = (random() * 2 - 1) * fault.jitterMs;
      const share = random() * 100;
      if (delayed && (fault.delayMs > 0 || fault.jitterMs > 0)) {
        delayMs += Math.max(0, fault.delayMs + jitter);
        name ||= fault.id;
      }
      if (fault.bytesPerSecond > 0) {
        bytesPerSecond = Math.min(bytesPerSecond || fault.bytesPerSecond, fault.bytesPerSecond);
        name ||= fault.id;
      }
      if (end !== 'pass') continue;
      const { errorPercent, resetPercent, abortPercent } = fault;
      if (share < errorPercent) end = 'error';
      else if (share < errorPercent + resetPercent) end = 'reset';
      else if (share < errorPercent + resetPercent + abortPercent) end = 'abort';
      else continue;
      status = fault.status;
      name = fault.id;
    }
    return { delayMs, bytesPerSecond, end, status, fault: name, line: `X-Msvc-Fault: ${name}\r\n` };
  }
}

/** Mulberry32: 32 bits of state, even, the same everywhere. @returns numbers in [0, 1) */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = Math.imul(state ^ (state >>> 15), state | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) / 4_294_967_296;
  };
}
