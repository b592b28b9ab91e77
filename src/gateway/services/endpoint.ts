/**
 * One instance as the gateway sees it: its address, its idle connections, its counters and how it fared lately. Owned
 * by its service; lives as long as its row, and as long as something is in flight to it.
 */

import { replicaLabel } from '../../model/names.ts';
import type { Row } from '../../registry/registry.ts';
import { hash32 } from '../balancers/hash.ts';
import type { UpstreamConnection } from '../exchange/upstream-connection.ts';
import { closeSession } from '../http2/call.ts';
import type { InstanceStats } from '../protocol.ts';

/** Idle connections kept for one instance. */
const MAX_IDLE = 256;
/** After a refusal an instance is passed over for this long, doubling up to the cap, unless it is the only one. */
const AVOID_MS = 100;
const AVOID_CAP_MS = 5_000;
/** An idle connection younger than this carries requests that must not be sent twice; an older one may be dying. */
const FRESH_MS = 1_000;

/** Weight of the latest answer in the moving average. */
const SMOOTHING = 0.2;

export class Endpoint {
  readonly id: string;
  /** As news of it are told. */
  readonly name: { readonly instance: string; readonly service: string; readonly replica: number };
  readonly hash: number;
  readonly host: string;
  readonly port: number;
  /** `X-Msvc-Replica: catalog.2` with its CRLF. */
  readonly replicaLine: string;
  state: Row['state'];
  /** Its share of the requests beside the others'. */
  weight = 1;
  inFlight = 0;
  requests = 0;
  /** Failures in a row: refused connections and resets. */
  failures = 0;
  avoidUntil = 0;
  /** Requests in a row that ended badly, whatever the reason. */
  badInRow = 0;
  /** How often it was ejected lately, and until when the last time. */
  ejections = 0;
  ejectedUntil = 0;
  latencyMs = 0;
  /** Which of the loopback addresses answered last. */
  address: string | null = null;
  /** It speaks HTTP/2 without being asked to (`protocol: h2c`). */
  isHttp2 = false;
  readonly idle: UpstreamConnection[] = [];
  readonly #drained: (() => void)[] = [];

  constructor(row: Row) {
    this.id = row.id;
    this.name = { instance: row.id, service: row.service, replica: row.replica };
    this.hash = hash32(row.id);
    this.host = row.host;
    this.port = row.port;
    this.state = row.state;
    this.replicaLine = `X-Msvc-Replica: ${row.label ?? replicaLabel(row.service, row.replica)}\r\n`;
  }

  /** The youngest idle connection, or null. @param repeatable the request may be sent again if the connection is dead */
  takeIdle(repeatable: boolean, now: number): UpstreamConnection | null {
    const connection = this.idle[this.idle.length - 1];
    if (connection === undefined || (!repeatable && now - connection.idleSince > FRESH_MS)) return null;
    this.idle.pop();
    return connection;
  }

  /** @returns false when the connection is not wanted any more */
  keepIdle(connection: UpstreamConnection): boolean {
    if (this.state !== 'ready' || this.idle.length >= MAX_IDLE) return false;
    this.idle.push(connection);
    return true;
  }

  forget(connection: UpstreamConnection): void {
    const index = this.idle.lastIndexOf(connection);
    if (index !== -1) this.idle.splice(index, 1);
  }

  /** They are not used any more from now on. */
  closeIdle(): void {
    for (const connection of this.idle.splice(0)) connection.leave();
    if (this.isHttp2) closeSession(this);
  }

  stats(ejected: boolean): InstanceStats {
    const { id, requests, inFlight, badInRow, latencyMs } = this;
    return {
      instance: id,
      requests,
      inFlight,
      failures: badInRow,
      ejected,
      latencyMs: Math.round(latencyMs * 100) / 100,
    };
  }

  /** A response's head came after so long. */
  observe(ms: number): void {
    this.latencyMs = this.latencyMs === 0 ? ms : this.latencyMs + (ms - this.latencyMs) * SMOOTHING;
  }

  begun(): void {
    this.inFlight++;
    this.requests++;
  }

  ended(): void {
    if (--this.inFlight === 0) for (const resolve of this.#drained.splice(0)) resolve();
  }

  /** @returns failures in a row, this one included */
  failed(now: number): number {
    this.failures++;
    this.avoidUntil = now + Math.min(AVOID_CAP_MS, AVOID_MS * 2 ** Math.min(10, this.failures - 1));
    return this.failures;
  }

  /** It answered, or became ready anew: old penalties are over. */
  cleared(): void {
    this.failures = 0;
    this.avoidUntil = 0;
  }

  /** Calls back when nothing is in flight; at once if that is so now. @returns the way out */
  whenDrained(resolve: () => void): () => void {
    if (this.inFlight === 0) {
      resolve();
      return () => {};
    }
    this.#drained.push(resolve);
    return () => {
      const index = this.#drained.indexOf(resolve);
      if (index !== -1) this.#drained.splice(index, 1);
    };
  }
}
