/**
 * Token buckets of one route, by client, header value or for all. Kept as the generic cell rate algorithm keeps them:
 * one number a bucket, the time at which it would be full again. Owns the buckets; holds no timer.
 */
import type { RateLimitSpec } from '../../model/route.ts';

/** Buckets kept; above it the oldest are forgotten, and those who had them begin with a full one. */
const MOST_BUCKETS = 10_000;

export interface Taken {
  readonly allowed: boolean;
  /** Tokens left. */
  readonly remaining: number;
  /** Until the bucket is full, or, when refused, until there is a token; seconds, rounded up. */
  readonly seconds: number;
}

export class RateLimiter {
  readonly spec: RateLimitSpec;
  /** Lower-cased; null = not by header. */
  readonly header: string | null;
  /** `RateLimit-Policy` with its CRLF (draft-ietf-httpapi-ratelimit-headers-10). Windows are whole seconds there. */
  readonly policyLine: string;
  readonly #everyMs: number;
  readonly #fullAt = new Map<string, number>();

  constructor(spec: RateLimitSpec) {
    this.spec = spec;
    this.header = spec.by === 'header' ? (spec.header ?? '').toLowerCase() : null;
    this.#everyMs = spec.perMs / spec.requests;
    const window = spec.perMs % 1000 === 0 ? `;w=${spec.perMs / 1000}` : '';
    this.policyLine = `RateLimit-Policy: "${spec.by}";q=${spec.requests}${window}\r\n`;
  }

  /** Takes a token if there is one. @param now milliseconds of a clock that never goes back */
  take(key: string, now: number): Taken {
    const { burst } = this.spec;
    const fullAt = Math.max(this.#fullAt.get(key) ?? 0, now);
    const after = fullAt + this.#everyMs;
    const waitMs = after - now - burst * this.#everyMs;
    // A hair's breadth of a token is rounding.
    if (waitMs > 1e-6) return { allowed: false, remaining: 0, seconds: Math.max(1, Math.ceil(waitMs / 1000)) };
    if (!this.#fullAt.has(key) && this.#fullAt.size >= MOST_BUCKETS) this.#forget(now);
    this.#fullAt.set(key, after);
    const remaining = Math.floor((burst * this.#everyMs - (after - now)) / this.#everyMs + 1e-6);
    return { allowed: true, remaining, seconds: Math.ceil((after - now) / 1000 - 1e-6) };
  }

  /** `RateLimit` and its policy, as field lines. */
  lines({ remaining, seconds }: Taken): string {
    return `RateLimit: "${this.spec.by}";r=${remaining};t=${seconds}\r\n${this.policyLine}`;
  }

  #forget(now: number): void {
    for (const [key, fullAt] of this.#fullAt) if (fullAt <= now) this.#fullAt.delete(key);
    for (const key of this.#fullAt.keys()) {
      if (this.#fullAt.size < MOST_BUCKETS) break;
      this.#fullAt.delete(key);
    }
  }
}

/** Limiters by what they limit, so that an unchanged rule keeps its buckets when the table is replaced. */
export class RateLimiters {
  #known = new Map<string, RateLimiter>();

  /** Begins a table: what is not asked for until the next one is forgotten. */
  renew(): (id: string, spec: RateLimitSpec) => RateLimiter {
    const before = this.#known;
    const fresh = new Map<string, RateLimiter>();
    this.#known = fresh;
    return (id, spec) => {
      const key = `${JSON.stringify(spec)} ${id}`;
      const limiter = fresh.get(key) ?? before.get(key) ?? new RateLimiter(spec);
      fresh.set(key, limiter);
      return limiter;
    };
  }
}
