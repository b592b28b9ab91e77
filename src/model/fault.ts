/**
 * Faults: failures made on purpose on the way from a caller to a callee, so that a person can see how the system takes
 * them. Types and pure functions. The engine owns which faults there are; the gateway plays them.
 */

/** What a fault does to the requests it meets. Shares are percent of requests (0-100, fractions allowed), times milliseconds. */
export interface FaultEffects {
  /** 0 = none. */
  readonly delayMs: number;
  /** The delay varies evenly by up to this much, both ways, and is never below 0. */
  readonly jitterMs: number;
  /** Share of requests that are delayed. */
  readonly delayPercent: number;
  /** At which answers come at most, each for itself; bytes, heads included. 0 = as fast as they do. */
  readonly bytesPerSecond: number;
  /** Share of requests that are answered with `status` in the place of the callee. */
  readonly errorPercent: number;
  readonly status: number;
  /** Share of requests whose connection to the callee seems to break before a byte of an answer. */
  readonly resetPercent: number;
  /** Share of requests whose caller has its own connection reset. */
  readonly abortPercent: number;
  /** The same seed gives the same sequence of outcomes on an edge. 32 bit, unsigned. */
  readonly seed: number;
}

export interface FaultTarget {
  /** A service, `client` (what comes in at the public port), or `*`. */
  readonly caller: string;
  /** A service, or `*`. */
  readonly callee: string;
}

export interface Fault extends FaultTarget, FaultEffects {
  /** `f1`, `f2`, ...; of the file: `orders->payments`. */
  readonly id: string;
  readonly origin: 'command' | 'file';
  /** Wall-clock milliseconds. */
  readonly addedAt: number;
  /** When it ends by itself; null = it stays until it is cleared. */
  readonly endsAt: number | null;
}

export type FaultEnd = 'cleared' | 'expired' | 'definition';

export const NO_EFFECT: FaultEffects = {
  delayMs: 0,
  jitterMs: 0,
  delayPercent: 100,
  bytesPerSecond: 0,
  errorPercent: 0,
  status: 503,
  resetPercent: 0,
  abortPercent: 0,
  seed: 1,
};

/** Who calls when it is no service. `gateway` is another word for it. */
export const CLIENT = 'client';

/** `orders->payments`, `client->orders`, `*->payments`. @returns undefined when it is no such text */
export function parseFaultTarget(text: string): FaultTarget | undefined {
  const parts = /^\s*([a-z0-9][a-z0-9._-]*?|\*)\s*(?:->|:|>)\s*([a-z0-9][a-z0-9._-]*|\*)\s*$/.exec(text);
  if (!parts) return undefined;
  return { caller: parts[1] === 'gateway' ? CLIENT : parts[1]!, callee: parts[2]! };
}

export function edgeLabel({ caller, callee }: FaultTarget): string {
  return `${caller}->${callee}`;
}

export function meets(target: FaultTarget, edge: FaultTarget): boolean {
  return (
    (target.caller === '*' || target.caller === edge.caller) && (target.callee === '*' || target.callee === edge.callee)
  );
}

/** Bytes a second; above it no line is slow. */
const FASTEST = 1024 ** 3;

/** What is wrong with a fault's numbers, or undefined. A fact, not a sentence: which field, and its bounds. */
export function wrongEffect(
  effects: FaultEffects,
):
  | { readonly field: keyof FaultEffects | 'none' | 'shares'; readonly least: number; readonly most: number }
  | undefined {
  const shares = ['delayPercent', 'errorPercent', 'resetPercent', 'abortPercent'] as const;
  for (const field of shares) if (!within(effects[field], 0, 100)) return { field, least: 0, most: 100 };
  for (const field of ['delayMs', 'jitterMs'] as const) {
    if (!within(effects[field], 0, 3_600_000)) return { field, least: 0, most: 3_600_000 };
  }
  if (!within(effects.bytesPerSecond, 0, FASTEST)) return { field: 'bytesPerSecond', least: 1, most: FASTEST };
  if (!Number.isInteger(effects.status) || !within(effects.status, 400, 599)) {
    return { field: 'status', least: 400, most: 599 };
  }
  if (!Number.isInteger(effects.seed) || !within(effects.seed, 0, 2 ** 32 - 1)) {
    return { field: 'seed', least: 0, most: 2 ** 32 - 1 };
  }
  const { errorPercent, resetPercent, abortPercent } = effects;
  if (errorPercent + resetPercent + abortPercent > 100) return { field: 'shares', least: 0, most: 100 };
  const { delayMs, jitterMs, bytesPerSecond } = effects;
  const idle = delayMs + jitterMs + bytesPerSecond + errorPercent + resetPercent + abortPercent;
  return idle === 0 ? { field: 'none', least: 0, most: 0 } : undefined;
}

function within(value: number, least: number, most: number): boolean {
  return Number.isFinite(value) && value >= least && value <= most;
}
