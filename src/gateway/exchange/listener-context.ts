/** What every connection of one listener shares; prepared once so that requests only concatenate. Immutable but for the set. */
import { hostOf } from '../http/authority.ts';
import type { ListenerSpec } from '../protocol.ts';

/** As Via and logs write them. */
export const HTTP_VERSIONS = ['1.0', '1.1', '2.0'] as const;

/** A place in `HTTP_VERSIONS`. */
export type ViaVersion = 0 | 1 | 2;

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
  /** By version, as received: HTTP/1.0, 1.1, 2. */
  readonly #via: readonly string[];
  #peers: ReadonlySet<string> | null;
  readonly connections = new Set<ListenedConnection>();
  /** No new request is taken on its connections. */
  closing = false;

  constructor(spec: ListenerSpec) {
    this.spec = spec;
    this.isEdge = spec.kind === 'edge';
    this.caller = spec.caller ?? 'client';
    this.pseudonym = this.isEdge ? `${spec.caller}~${spec.callee}.msvc` : 'msvc';
    this.#via = HTTP_VERSIONS.map((version) => `Via: ${version} ${this.pseudonym}\r\n`);
    this.#peers = spec.peers ? new Set(spec.peers) : null;
    this.host = hostOf(spec.host.includes(':') ? `[${spec.host}]` : spec.host);
  }

  /** The gateway's own line of Via (RFC 9110 7.6.3). @param version of the message, as received */
  via(version: ViaVersion): string {
    return this.#via[version]!;
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
