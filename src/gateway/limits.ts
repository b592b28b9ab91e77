import { DEFAULT_POLICY, type Policy, policyOf } from '../model/policy.ts';

/** Every bound of the gateway with its default. Sizes in bytes, times in milliseconds, 0 = no limit where said. */
export interface Limits {
  /** Request line and fields together; 431 above it. */
  readonly headBytes: number;
  /** 414 above it. */
  readonly targetBytes: number;
  /** 413 above it; 0 = none. */
  readonly bodyBytes: number;
  /** From a head's first byte to its last; 408 after it. */
  readonly headMs: number;
  /**
   * Between two pieces of a request body: 408 when the client sends none for so long, 504 when the instance takes none
   * for so long (or for `responseHeadMs` where that is longer). Of a response, and of what is left of a tunnel whose two
   * sides have ended: reset when the reader takes none for so long.
   */
  readonly bodyIdleMs: number;
  /** How long a client's connection may stay open without a request. */
  readonly keepAliveMs: number;
  readonly connectMs: number;
  /** From the request's last byte, or from its head where its body waits for 100, to the response's; one attempt; 504 after it. */
  readonly responseHeadMs: number;
  /** How long an idle connection to an instance is kept, where the instance gave no time of its own. */
  readonly upstreamIdleMs: number;
  /** Most requests waiting for one service, and for how long each. */
  readonly parked: number;
  readonly parkMs: number;
  /** How long requests wait while every ready instance refuses connections. */
  readonly refusedMs: number;
  /** Bytes of a request body held back while it waits, or kept for a repetition. */
  readonly heldBytes: number;
  /** Repetitions after the first attempt. */
  readonly retries: number;
  /** Most members of Via, one for each proxy on the way; 508 above it. */
  readonly hops: number;
  /** How long the rest of a refused request is read and thrown away, so that its answer is not lost. */
  readonly lingerMs: number;
}

export const DEFAULT_LIMITS: Limits = {
  headBytes: 16 * 1024,
  targetBytes: 8 * 1024,
  bodyBytes: 0,
  headMs: 10_000,
  bodyIdleMs: 60_000,
  keepAliveMs: 75_000,
  connectMs: 1_000,
  responseHeadMs: 30_000,
  upstreamIdleMs: 4_000,
  parked: 1_024,
  parkMs: 30_000,
  refusedMs: 2_000,
  heldBytes: 64 * 1024,
  retries: 2,
  hops: 32,
  lingerMs: 2_000,
};

/** Bytes of the head of an answer at most; 502 above it. */
export function responseHeadBytes({ headBytes }: Limits): number {
  return 4 * headBytes;
}

/** Defaults with the bounds that this gateway was started with. */
export function basePolicy({ connectMs, responseHeadMs, retries, parked, parkMs }: Limits): Policy {
  return policyOf(DEFAULT_POLICY, {
    timeouts: { connectMs, responseMs: responseHeadMs },
    retries: { attempts: retries },
    limit: { queue: parked, queueMs: parkMs },
  });
}
