/**
 * What the engine and the gateway's worker thread say to each other: plain structured-clone data. The engine owns
 * definitions and addresses and sends them whole; the worker owns connections and counters and sends those back.
 */

import type { BalancerKind, Route } from '../model/route.ts';
import type { Change, Snapshot } from '../registry/registry.ts';

/** The public port, or the port of one edge. Listeners are told apart by `id`: `public` or `edge:<caller>><callee>`. */
export interface ListenerSpec {
  readonly id: string;
  readonly host: string;
  readonly port: number;
  readonly kind: 'public' | 'edge';
  /** Of an edge. */
  readonly caller?: string;
  readonly callee?: string;
}

/** The immutable table; replaced whole. */
export interface RouteTable {
  readonly routes: readonly Route[];
  readonly balancers: Readonly<Record<string, BalancerKind>>;
  /** Host name -> service: `catalog.localhost` reaches catalog whatever the path. A route's own hostname goes first. */
  readonly serviceHosts?: Readonly<Record<string, string>>;
}

export type ToWorker =
  | { readonly type: 'listen'; readonly request: number; readonly listener: ListenerSpec }
  | { readonly type: 'unlisten'; readonly request: number; readonly id: string }
  | { readonly type: 'routes'; readonly table: RouteTable }
  | { readonly type: 'registry'; readonly snapshot: Snapshot }
  | { readonly type: 'registry-change'; readonly change: Change }
  /** Resolves when the instance has no request in flight, or after `timeoutMs`. */
  | { readonly type: 'drain'; readonly request: number; readonly instance: string; readonly timeoutMs: number }
  | { readonly type: 'stats'; readonly request: number }
  | { readonly type: 'close'; readonly request: number };

export type FromWorker =
  /** `error` is the system's code (EADDRINUSE, EACCES) of a failed listen. */
  | { readonly type: 'done'; readonly request: number; readonly error?: string; readonly result?: unknown }
  /** An instance answered with refused connections or resets `count` times in a row: the engine probes it now. */
  | { readonly type: 'suspect'; readonly instance: string; readonly count: number };

/** Counters of one caller (or `client`) towards one service since the worker started. */
export interface EdgeStats {
  /** `client` for the public port. */
  readonly caller: string;
  readonly callee: string;
  readonly requests: number;
  readonly inFlight: number;
  readonly parked: number;
  readonly status: {
    readonly '1xx': number;
    readonly '2xx': number;
    readonly '3xx': number;
    readonly '4xx': number;
    readonly '5xx': number;
  };
  /** Answers the gateway made itself because the service could not. */
  readonly failed: number;
  readonly retries: number;
  /** Milliseconds to the response's last byte, upper bounds of the histogram's buckets. */
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
}

export interface InstanceStats {
  readonly instance: string;
  readonly requests: number;
  readonly inFlight: number;
}

export interface GatewayStats {
  readonly connections: number;
  readonly edges: readonly EdgeStats[];
  readonly instances: readonly InstanceStats[];
}
