/**
 * Who keeps the system up. Every attached owner holds a lease with its connection; when the last one leaves, the
 * system stops. A detached system (`up -d`, or `d` in the dashboard) needs none and takes none.
 */
import type { EventLog } from './event-log.ts';
import type { Peer } from './server.ts';

export class Leases {
  readonly #holders = new Set<number>();
  readonly #events: EventLog;
  readonly #onLastGone: () => void;
  #detached = false;

  constructor(events: EventLog, onLastGone: () => void) {
    this.#events = events;
    this.#onLastGone = onLastGone;
  }

  get owners(): number {
    return this.#holders.size;
  }

  /** Somebody is attached, or the system was told to stay without anybody. */
  get wanted(): boolean {
    return this.#detached || this.owners > 0;
  }

  /** Nobody has to stay: from now on only `down` ends it. */
  detach(): void {
    this.#detached = true;
  }

  take(peer: Peer): void {
    if (this.#detached || this.#holders.has(peer.id)) return;
    this.#holders.add(peer.id);
    this.#events.emit({ type: 'lease.taken', owners: this.owners });
    peer.gone.addEventListener('abort', () => this.#drop(peer.id, 'connection-closed'), { once: true });
    if (peer.gone.aborted) this.#drop(peer.id, 'connection-closed');
  }

  release(peer: Peer): void {
    this.#detached = true;
    this.#drop(peer.id, 'released');
  }

  #drop(id: number, reason: 'released' | 'connection-closed'): void {
    if (!this.#holders.delete(id)) return;
    this.#events.emit({ type: 'lease.ended', owners: this.owners, reason });
    if (this.owners === 0 && !this.#detached) this.#onLastGone();
  }
}
