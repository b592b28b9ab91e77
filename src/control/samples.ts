/**
 * Once a second, while somebody follows: what each instance uses of the machine and what each edge carries. Owns the
 * timer and the sample before, from which rates are made. Never stored, never an event; costs nothing unwatched.
 */
import { type LatencySnapshot, percentileOf } from '../gateway/counters/histogram.ts';
import type { EdgeStats, GatewayStats } from '../gateway/protocol.ts';
import type { Usage } from '../runtime/drivers/driver.ts';

export interface InstanceSample {
  readonly service: string;
  readonly instance: string;
  /** Share of one core since the sample before, 1 = all of it; null at its first. */
  readonly cpu: number | null;
  /** null: nothing of it runs, or nobody could be asked. */
  readonly memoryBytes: number | null;
}

export interface EdgeSample {
  /** `client` for the public port. */
  readonly caller: string;
  readonly callee: string;
  readonly requestsPerSecond: number;
  /** Answers with 5xx and requests that the gateway could not bring to the service, of those since the sample before. */
  readonly failedPerSecond: number;
  readonly inFlight: number;
  readonly parked: number;
  /** Of the requests since the sample before; null when there were none. */
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  /** Since the gateway's thread started. */
  readonly total: { readonly requests: number; readonly failed: number; readonly retries: number };
}

export interface Sample {
  /** Wall-clock ms. */
  readonly at: number;
  /** Since the sample before; 0 = this is the first, all rates are 0. */
  readonly intervalMs: number;
  readonly connections: number;
  readonly instances: readonly InstanceSample[];
  readonly edges: readonly EdgeSample[];
}

interface Measured {
  readonly service: string;
  readonly instance: string;
  readonly pid: number | null;
  readonly usage: Usage | null;
}

/** What the sampler needs to see of the system. */
export interface Sampled {
  readonly services: readonly {
    readonly name: string;
    readonly instances: readonly {
      readonly id: string;
      readonly running: { readonly pid: number; usage(): Promise<Usage | null> } | null;
    }[];
  }[];
}

const INTERVAL_MS = 1000;

export class Sampler {
  readonly #system: Sampled;
  readonly #stats: () => Promise<GatewayStats>;
  readonly #subscribers = new Set<(sample: Sample) => void>();
  #timer: NodeJS.Timeout | null = null;
  #taking = false;
  #before: { readonly at: number; readonly stats: GatewayStats; readonly measured: Map<string, Measured> } | null =
    null;

  constructor(system: Sampled, stats: () => Promise<GatewayStats>) {
    this.#system = system;
    this.#stats = stats;
  }

  /** The first sample comes at once. Must not throw. */
  subscribe(subscriber: (sample: Sample) => void): () => void {
    this.#subscribers.add(subscriber);
    if (this.#timer === null) {
      this.#timer = setInterval(() => void this.#take(), INTERVAL_MS).unref();
      void this.#take();
    }
    return () => {
      this.#subscribers.delete(subscriber);
      if (this.#subscribers.size > 0 || this.#timer === null) return;
      clearInterval(this.#timer);
      this.#timer = null;
      this.#before = null;
    };
  }

  /** One at a time: a machine that takes longer than the interval to answer is asked again when it has. */
  async #take(): Promise<void> {
    if (this.#taking) return;
    this.#taking = true;
    try {
      await this.#takeNow();
    } finally {
      this.#taking = false;
    }
  }

  async #takeNow(): Promise<void> {
    const now = performance.now();
    const measuring = this.#system.services.flatMap(({ name, instances }) =>
      instances.map(async ({ id, running }): Promise<Measured> => {
        const usage = running ? await running.usage().catch(() => null) : null;
        return { service: name, instance: id, pid: running?.pid ?? null, usage };
      }),
    );
    // A gateway that is just being replaced answers the next time.
    const [measured, stats] = await Promise.all([
      Promise.all(measuring),
      this.#stats().catch((): GatewayStats => ({ connections: 0, edges: [], instances: [] })),
    ]);
    if (this.#subscribers.size === 0) return;
    const before = this.#before;
    const intervalMs = before ? now - before.at : 0;
    this.#before = { at: now, stats, measured: new Map(measured.map((one) => [one.instance, one])) };
    const sample: Sample = {
      at: Date.now(),
      intervalMs,
      connections: stats.connections,
      instances: measured.map((one) => instanceSample(one, before?.measured.get(one.instance), intervalMs)),
      edges: edgeSamples(stats.edges, before?.stats.edges ?? [], intervalMs),
    };
    for (const subscriber of this.#subscribers) subscriber(sample);
  }
}

function instanceSample(now: Measured, before: Measured | undefined, intervalMs: number): InstanceSample {
  const { service, instance, pid, usage } = now;
  const known = before?.usage && before.pid === pid && usage && intervalMs > 0 ? before.usage : null;
  const cpu = known && usage ? Math.max(0, usage.cpuSeconds - known.cpuSeconds) / (intervalMs / 1000) : null;
  return { service, instance, cpu, memoryBytes: usage?.memoryBytes ?? null };
}

/** Counters that went back belong to a gateway that was started anew: then all of them are new. */
function edgeSamples(
  now: readonly EdgeStats[],
  before: readonly EdgeStats[],
  intervalMs: number,
): readonly EdgeSample[] {
  const known = new Map(before.map((edge) => [`${edge.caller}>${edge.callee}`, edge]));
  const seconds = intervalMs / 1000;
  return now.map((edge) => {
    const last = known.get(`${edge.caller}>${edge.callee}`);
    const since = last && last.requests <= edge.requests ? last : undefined;
    const rate = (count: number): number => (seconds > 0 ? count / seconds : 0);
    const total = { requests: edge.requests, failed: failures(edge), retries: edge.retries };
    return {
      caller: edge.caller,
      callee: edge.callee,
      requestsPerSecond: rate(edge.requests - (since?.requests ?? 0)),
      failedPerSecond: rate(total.failed - (since ? failures(since) : 0)),
      inFlight: edge.inFlight,
      parked: edge.parked,
      ...latencySince(edge.latency, since?.latency, seconds > 0),
      total,
    };
  });
}

function latencySince(
  now: LatencySnapshot,
  before: LatencySnapshot | undefined,
  isTimed: boolean,
): { readonly p50Ms: number | null; readonly p95Ms: number | null } {
  const counts = now.counts.map((count, i) => count - (before?.counts[i] ?? 0));
  if (!isTimed || counts.every((count) => count === 0)) return { p50Ms: null, p95Ms: null };
  return { p50Ms: percentileOf(counts, 0.5), p95Ms: percentileOf(counts, 0.95) };
}

/** An answer that the gateway made itself is a 5xx too: counted once. */
function failures(edge: EdgeStats): number {
  return Math.max(edge.status['5xx'], edge.failed);
}
