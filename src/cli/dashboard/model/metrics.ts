/**
 * Rates and loads as the dashboard shows them, folded from samples: the latest of each service and edge, and its
 * requests of the last minutes for a sparkline. Pure; bounded however long it runs.
 */
import type { EdgeSample, Sample } from '../../../control/samples.ts';

/** Seconds of history: what a sparkline can show. */
const HISTORY = 240;
/** Seconds that a rate is averaged over: one request every other second must not flicker. */
const SMOOTH = 5;

/** Since the gateway runs. */
export interface Totals {
  readonly requests: number;
  readonly failed: number;
  /** Tried again because the first try met nobody. */
  readonly retries: number;
}

export interface ServiceMetrics {
  /** null: nobody calls it through the gateway. */
  readonly requestsPerSecond: number | null;
  /** Share of requests that failed, 0..1; null when there were none. */
  readonly failedShare: number | null;
  readonly p95Ms: number | null;
  readonly inFlight: number;
  readonly parked: number;
  /** Share of one core, of all its instances; null = not known yet. */
  readonly cpu: number | null;
  readonly memoryBytes: number | null;
  readonly total: Totals;
  /** Requests per second, the latest last; one each second. */
  readonly series: readonly number[];
}

export interface Metrics {
  /** null before the first one. */
  readonly sample: Sample | null;
  readonly services: Readonly<Record<string, ServiceMetrics>>;
  readonly edges: Readonly<Record<string, EdgeMetrics>>;
  /** The latest few, for averages. */
  readonly recent: readonly Sample[];
}

export interface EdgeMetrics {
  readonly requestsPerSecond: number;
  readonly failedShare: number | null;
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly parked: number;
}

export const NO_METRICS: Metrics = { sample: null, services: {}, edges: {}, recent: [] };

export function edgeKey(caller: string, callee: string): string {
  return `${caller}>${callee}`;
}

export function withSample(before: Metrics, sample: Sample): Metrics {
  const recent = [...before.recent, sample].slice(-SMOOTH);
  const timed = recent.filter((one) => one.intervalMs > 0);
  const names = new Set([...sample.instances.map((one) => one.service), ...sample.edges.map((edge) => edge.callee)]);
  const services: Record<string, ServiceMetrics> = {};
  for (const name of names) services[name] = serviceMetrics(name, sample, timed, before.services[name]);
  const edges: Record<string, EdgeMetrics> = {};
  for (const { caller, callee, parked } of sample.edges) {
    const of = timed.flatMap((one) => one.edges.filter((edge) => edge.caller === caller && edge.callee === callee));
    edges[edgeKey(caller, callee)] = { ...rates(of, timed.length), ...latency(of), parked };
  }
  return { sample, services, edges, recent };
}

function serviceMetrics(
  name: string,
  sample: Sample,
  timed: readonly Sample[],
  before: ServiceMetrics | undefined,
): ServiceMetrics {
  const now = sample.edges.filter((edge) => edge.callee === name);
  const of = timed.flatMap((one) => one.edges.filter((edge) => edge.callee === name));
  const instances = sample.instances.filter((one) => one.service === name);
  const rps = sum(now.map((edge) => edge.requestsPerSecond));
  const series = sample.intervalMs > 0 ? [...(before?.series ?? []), rps].slice(-HISTORY) : (before?.series ?? []);
  return {
    ...(now.length > 0 ? rates(of, timed.length) : { requestsPerSecond: null, failedShare: null }),
    p95Ms: latency(of).p95Ms,
    inFlight: sum(now.map((edge) => edge.inFlight)),
    parked: sum(now.map((edge) => edge.parked)),
    cpu: total(instances.map((one) => one.cpu)),
    memoryBytes: total(instances.map((one) => one.memoryBytes)),
    total: {
      requests: sum(now.map((edge) => edge.total.requests)),
      failed: sum(now.map((edge) => edge.total.failed)),
      retries: sum(now.map((edge) => edge.total.retries)),
    },
    series,
  };
}

function rates(of: readonly EdgeSample[], seconds: number): { requestsPerSecond: number; failedShare: number | null } {
  const requests = sum(of.map((edge) => edge.requestsPerSecond));
  const failed = sum(of.map((edge) => edge.failedPerSecond));
  return {
    requestsPerSecond: seconds > 0 ? requests / seconds : 0,
    failedShare: requests > 0 ? Math.min(1, failed / requests) : null,
  };
}

/** Of the busiest of several: percentiles cannot be added up. */
function latency(of: readonly EdgeSample[]): { p50Ms: number | null; p95Ms: number | null } {
  const known = of.filter((edge) => edge.p95Ms !== null);
  if (known.length === 0) return { p50Ms: null, p95Ms: null };
  return {
    p50Ms: Math.max(...known.map((edge) => edge.p50Ms ?? 0)),
    p95Ms: Math.max(...known.map((edge) => edge.p95Ms ?? 0)),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}

/** null when nothing is known of any. */
function total(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : sum(known);
}
