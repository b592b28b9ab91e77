/** The edges of a running system as rows: what is declared, with what the gateway counted on it. Pure. */
import { type LatencySnapshot, percentileOf } from '../gateway/counters/histogram.ts';
import type { EdgeStats, GatewayStats } from '../gateway/protocol.ts';
import { CLIENT, edgeLabel, meets } from '../model/fault.ts';
import type { View } from '../model/view.ts';
import type { EdgeJson, EdgeNumbers } from './json-contract.ts';

export interface Sample {
  /** Monotonic milliseconds. */
  readonly at: number;
  readonly stats: GatewayStats;
}

/** @param before an earlier sample to tell the present from the whole; absent: no `recent` */
export function edgeRows(view: View, now: Sample, before?: Sample): EdgeJson[] {
  const counted = new Map(now.stats.edges.map((edge) => [edgeLabel(edge), edge]));
  const earlier = new Map(before?.stats.edges.map((edge) => [edgeLabel(edge), edge]));
  return declared(view, now.stats).map(({ caller, callee, port }) => {
    const label = edgeLabel({ caller, callee });
    const edge = counted.get(label);
    const past = earlier.get(label);
    return {
      caller,
      callee,
      url: port === null ? null : `http://127.0.0.1:${port}`,
      total: numbersOf(edge, undefined, null),
      recent: before ? numbersOf(edge, past, (now.at - before.at) / 1000) : null,
      inFlight: edge?.inFlight ?? 0,
      parked: edge?.parked ?? 0,
      breaker: edge?.breaker?.state ?? (edge ? null : 'closed'),
      openRoutes: view.breakers.flatMap((b) =>
        b.caller === caller && b.callee === callee && b.route ? [b.route] : [],
      ),
      faults: view.faults.filter((fault) => meets(fault, { caller, callee })).map(({ id }) => id),
      ejected: ejected(view, callee),
    };
  });
}

/** Declared calls in the order of the file, then what comes in at the public port. */
function declared(view: View, { edges }: GatewayStats) {
  const services = Object.values(view.services);
  const calls = services.flatMap(({ name, definition }) =>
    definition.calls.map((callee) => ({
      caller: name,
      callee: callee as string,
      port: view.edges.find((edge) => edge.caller === name && edge.callee === callee)?.port ?? null,
    })),
  );
  const met = new Set(edges.filter(({ caller, requests }) => caller === CLIENT && requests > 0).map((e) => e.callee));
  const open = services.filter(({ name, definition }) => definition.routes.length > 0 || met.has(name));
  return [...open.map(({ name }) => ({ caller: CLIENT, callee: name, port: view.gateway?.port ?? null })), ...calls];
}

function numbersOf(now: EdgeStats | undefined, past: EdgeStats | undefined, seconds: number | null): EdgeNumbers {
  const requests = (now?.requests ?? 0) - (past?.requests ?? 0);
  const errors = errorsOf(now) - errorsOf(past);
  const counts = difference(now?.latency, past?.latency);
  const any = counts.some((count) => count > 0);
  const reasons = Object.entries(now?.reasons ?? {}).flatMap(([flag, count]) => {
    const more = count - ((past?.reasons as Record<string, number> | undefined)?.[flag] ?? 0);
    return more > 0 ? [[flag, more] as const] : [];
  });
  return {
    requests,
    perSecond: seconds === null || seconds <= 0 ? null : requests / seconds,
    errors,
    retries: (now?.retries ?? 0) - (past?.retries ?? 0),
    faulted: (now?.faulted ?? 0) - (past?.faulted ?? 0),
    p50: any ? percentileOf(counts, 0.5) : null,
    p90: any ? percentileOf(counts, 0.9) : null,
    p99: any ? percentileOf(counts, 0.99) : null,
    flags: Object.fromEntries(reasons),
  };
}

/** Answers of 500 and above, and requests that got none. */
function errorsOf(edge: EdgeStats | undefined): number {
  if (!edge) return 0;
  const { UC = 0, FI = 0 } = edge.reasons;
  return edge.status['5xx'] + Math.max(0, Math.min(UC + FI, edge.failed - edge.status['5xx']));
}

function difference(now: LatencySnapshot | undefined, past: LatencySnapshot | undefined): number[] {
  return (now?.counts ?? []).map((count, i) => count - (past?.counts[i] ?? 0));
}

function ejected(view: View, callee: string): number {
  const instances = Object.values(view.services[callee]?.instances ?? {});
  return instances.filter(({ ejectedUntil }) => ejectedUntil !== null).length;
}
