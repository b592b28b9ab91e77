/**
 * The gateway as the engine sees it: a worker thread that listens, routes, balances and parks. This file is the
 * engine's side of the thread; nothing here touches a request.
 *
 * If the worker dies another one is started at once on the same ports with the same table (`onLost` and `onRestored`
 * tell).
 */
import type { Fault } from '../model/fault.ts';
import type { Registry } from '../registry/registry.ts';
import type { Limits } from './limits.ts';
import type { GatewayNews, GatewayStats, ListenerSpec, RouteTable } from './protocol.ts';
import type { Thread } from './thread.ts';

export interface GatewayOptions {
  readonly registry: Registry;
  /** The bundled worker's file. */
  readonly workerFile: URL;
  /** A thread of that file with the default bounds, begun already: the first one. */
  readonly thread?: Thread;
  readonly onSuspect: (instance: string, count: number) => void;
  readonly onNews: (news: GatewayNews) => void;
  readonly onLost: (message: string) => void;
  readonly onRestored: () => void;
  /**
   * Makes a socket that listens before anybody accepts, so that nobody has to wait for the thread. Absent: it listens.
   * @returns its descriptor; null where that cannot be done. @throws an Error with `code`
   */
  readonly openSocket?: (address: string, port: number) => number | null;
  /** Bounds other than the defaults. */
  readonly limits?: Partial<Limits>;
}

export interface Gateway {
  /** The thread answers. @throws what kept it from that, when the one that took its place could not either */
  readonly started: Promise<void>;
  /**
   * Resolves when who connects is not refused any more; it is answered when the thread runs.
   * @throws an Error with `code` (EADDRINUSE, EACCES, ...)
   */
  listen(listener: ListenerSpec): Promise<void>;
  /** Never rejects. */
  unlisten(id: string): Promise<void>;
  /** From then on only these addresses may connect to that listener. Never rejects. */
  admit(id: string, peers: readonly string[]): Promise<void>;
  setRoutes(table: RouteTable): void;
  /** All faults in force; replaces those before. */
  setFaults(faults: readonly Fault[]): void;
  /** Resolves when nothing is in flight towards the instance, or when the time is over. The row must be `draining` already. Never rejects. */
  drain(instance: string, timeoutMs: number): Promise<void>;
  stats(): Promise<GatewayStats>;
  /**
   * Resolves when the thread goes by all that it was told before: routes, faults, rows of the registry. A request that
   * is sent after that meets nothing older. Never rejects.
   */
  settled(): Promise<void>;
  /** What it was told goes to the thread now, not at the end of the turn. */
  flush(): void;
  /**
   * Resolves when nothing listens and nobody is connected any more. The thread ends after that.
   * @param of.leaving this process is about to end with `leave`: the thread does nothing more and is not taken apart, which
   *   is done in a fraction of the time with the process. Default: false
   */
  close(of?: { readonly leaving: boolean }): Promise<void>;
  /** Resolves when the thread of a gateway that is closed has ended, or is left to end with this process. */
  ended(): Promise<void>;
}
