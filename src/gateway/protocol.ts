/**
 * What the engine and the gateway's worker thread say to each other: plain structured-clone data, in lists (`outbox.ts`). The engine owns
 * definitions and addresses and sends them whole; the worker owns connections and counters and sends those back.
 */

import type { AccessLogSpec } from '../model/access-log.ts';
import type { ApiKeyProvider, JwtKeys, JwtProvider } from '../model/auth.ts';
import type { Fault } from '../model/fault.ts';
import type { Flag } from '../model/flags.ts';
import type { BalancerKind, LimitPolicy, PolicyWords } from '../model/policy.ts';
import type { Protocol, Route } from '../model/route.ts';
import type { Change, Snapshot } from '../registry/registry.ts';
import type { LatencySnapshot } from './counters/histogram.ts';

/** The public port, or the port of one edge. Listeners are told apart by `id`: `public` or `edge:<caller>><callee>`. */
export interface ListenerSpec {
  readonly id: string;
  readonly host: string;
  readonly port: number;
  readonly kind: 'public' | 'edge';
  /** Of an edge. */
  readonly caller?: string;
  readonly callee?: string;
  /** Only these addresses may connect; absent: whoever can. Replaced by `admit`. */
  readonly peers?: readonly string[];
  /** Names, beside its address, under which it may be asked for. */
  readonly names?: readonly string[];
}

/** The immutable table; replaced whole. */
export interface RouteTable {
  readonly routes: readonly Route[];
  readonly balancers: Readonly<Record<string, BalancerKind>>;
  /** Words of services and of their callers, by service; absent = the defaults. */
  readonly policies?: Readonly<Record<string, ServicePolicy>>;
  /** Absent = none is kept. */
  readonly accessLog?: AccessLogSpec;
  /** Answers of instances carry Server-Timing; those that the gateway makes itself always do. */
  readonly serverTiming?: boolean;
  /** Host name -> service: `catalog.localhost` reaches catalog whatever the path. A route's own hostname goes first. */
  readonly serviceHosts?: Readonly<Record<string, string>>;
  /** What services speak that do not speak HTTP/1.1. */
  readonly protocols?: Readonly<Record<string, Protocol>>;
  /** Absent: nobody is asked who comes. */
  readonly auth?: AuthTable;
}

/** `gateway.auth` with its secrets looked up. Keys of clients are SHA-256 in hex. */
export interface AuthTable {
  readonly default?: string;
  readonly providers: readonly (
    | (Omit<ApiKeyProvider, 'keys'> & { readonly clients: Readonly<Record<string, string>> })
    | (Omit<JwtProvider, 'keys'> & {
        readonly keys: Exclude<JwtKeys, { kind: 'secret' }> | { readonly kind: 'secret'; readonly value: Uint8Array };
      })
  )[];
}

export interface ServicePolicy {
  /** For whoever calls it. */
  readonly own: PolicyWords;
  /** For one caller, stronger. */
  readonly callers: Readonly<Record<string, PolicyWords>>;
}

export type ToWorker =
  /** `fd`: a socket that listens there already, to be taken over. */
  | { readonly type: 'listen'; readonly request: number; readonly listener: ListenerSpec; readonly fd?: number }
  | { readonly type: 'unlisten'; readonly request: number; readonly id: string }
  | { readonly type: 'admit'; readonly request: number; readonly id: string; readonly peers: readonly string[] }
  | { readonly type: 'routes'; readonly table: RouteTable }
  /** All faults in force; replaces those before. */
  | { readonly type: 'faults'; readonly faults: readonly Fault[] }
  | { readonly type: 'registry'; readonly snapshot: Snapshot }
  | { readonly type: 'registry-change'; readonly change: Change }
  /** Resolves when the instance has no request in flight, or after `timeoutMs`. */
  | { readonly type: 'drain'; readonly request: number; readonly instance: string; readonly timeoutMs: number }
  | { readonly type: 'stats'; readonly request: number }
  /** Answered when the thread runs. */
  | { readonly type: 'greet'; readonly request: number }
  /** Answered when all that was said before has been taken. */
  | { readonly type: 'settle'; readonly request: number }
  /** The thread ends after the answer; `leaving`: with the process. */
  | { readonly type: 'close'; readonly request: number; readonly leaving: boolean };

export type FromWorker =
  /** `error` is the system's code (EADDRINUSE, EACCES) of a failed listen. */
  | { readonly type: 'done'; readonly request: number; readonly error?: string; readonly result?: unknown }
  /** An instance answered with refused connections or resets `count` times in a row: the engine probes it now. */
  | { readonly type: 'suspect'; readonly instance: string; readonly count: number }
  | { readonly type: 'news'; readonly news: GatewayNews };

interface InstanceNews {
  readonly instance: string;
  readonly service: string;
  readonly replica: number;
}

/** What the gateway decided by itself; the engine makes events of it. */
export type GatewayNews =
  | (InstanceNews & { readonly type: 'instance.ejected'; readonly failures: number; readonly forMs: number })
  | (InstanceNews & { readonly type: 'instance.returned'; readonly reason: 'time' | 'ready' | 'too-few' })
  | {
      readonly type: 'breaker.opened';
      readonly caller: string;
      readonly callee: string;
      readonly route?: string;
      readonly failures: number;
      readonly requests: number;
      readonly openMs: number;
      readonly again: boolean;
    }
  | {
      readonly type: 'breaker.closed';
      readonly caller: string;
      readonly callee: string;
      readonly route?: string;
      readonly reason: 'trial' | 'ready' | 'definition';
    };

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
  /** Requests that a fault delayed, answered or broke off. */
  readonly faulted: number;
  /** How often each flag of `model/flags.ts` was given; absent = never. */
  readonly reasons: Readonly<Partial<Record<Flag, number>>>;
  /** null: this edge has no breaker. */
  readonly breaker: BreakerStats | null;
  /** Of this caller alone; null = none. */
  readonly limit: LimitStats | null;
  /** Of the service as a whole, whoever calls: the same on each of its edges; null = none. */
  readonly serviceLimit: LimitStats | null;
  /** Ids of the faults that meet it. */
  readonly faults: readonly string[];
  /** To the response's last byte. For a span of time subtract two snapshots; `percentileOf` reads the difference. */
  readonly latency: LatencySnapshot;
  /** Milliseconds to the response's last byte, upper bounds of the histogram's buckets. */
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
}

export interface LimitStats extends LimitPolicy {
  readonly inside: number;
  readonly waiting: number;
}

export interface BreakerStats {
  readonly state: 'closed' | 'open' | 'half-open';
  /** How often it opened. */
  readonly opened: number;
  /** Requests that it turned away. */
  readonly rejected: number;
}

export interface InstanceStats {
  readonly instance: string;
  readonly requests: number;
  readonly inFlight: number;
  /** Passed over because it failed too often in a row. */
  readonly ejected: boolean;
  /** Failures in a row. */
  readonly failures: number;
  /** Moving average of the time to the response's head, milliseconds; 0 = not known. */
  readonly latencyMs: number;
}

export interface GatewayStats {
  readonly connections: number;
  readonly edges: readonly EdgeStats[];
  readonly instances: readonly InstanceStats[];
}
