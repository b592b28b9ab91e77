/** What every connection of one listener shares; prepared once so that requests only concatenate. Immutable but for the set. */
import { hostOf } from '../http/authority.ts';
import type { ListenerSpec } from '../protocol.ts';

/** A connection as its listener keeps it. */
export interface ListenedConnection {
  /** No request is being answered. */
  readonly isIdle: boolean;
  destroy(): void;
}

export class ListenerContext {
  readonly spec: ListenerSpec;
  readonly isEdge: boolean;
  /** Who calls, for the counters. */
  readonly caller: string;
  /** The name in Via: `msvc`, or one for each edge. `~` cannot stand in a service's name. */
  readonly pseudonym: string;
  readonly host: string;
  readonly #via: readonly [string, string];
  #peers: ReadonlySet<string> | null;
  readonly connections = new Set<ListenedConnection>();
  /** No new request is taken on its connections. */
  closing = false;

  constructor(spec: ListenerSpec) {
    this.spec = spec;
    this.isEdge = spec.kind === 'edge';
    this.caller = spec.caller ?? 'client';
    this.pseudonym = this.isEdge ? `${spec.caller}~${spec.callee}.msvc` : 'msvc';
    this.#via = [`Via: 1.0 ${this.pseudonym}\r\n`, `Via: 1.1 ${this.pseudonym}\r\n`];
    this.#peers = spec.peers ? new Set(spec.peers) : null;
    this.host = hostOf(spec.host.includes(':') ? `[${spec.host}]` : spec.host);
  }

  /** The gateway's own line of Via (RFC 9110 7.6.3). @param minor of the message's version, as received */
  via(minor: number): string {
    return this.#via[minor === 0 ? 0 : 1];
  }

  /** Whether a connection from this address is taken. */
  admits(address: string | undefined): boolean {
    if (this.#peers === null) return true;
    return address !== undefined && this.#peers.has(address.replace(/^::ffff:/, ''));
  }

  admitOnly(peers: readonly string[]): void {
    this.#peers = new Set(peers);
  }
}
