/** What the next hop is told of the one that a client's requests came by. Owned by the client's connection. */
import { freshForwarded } from './forwarded.ts';
import type { ListenerContext, ViaVersion } from './listener-context.ts';

export class HopLines {
  readonly #listener: ListenerContext;
  readonly #peer: string;
  /** What the lines were made for. */
  #version: ViaVersion = 1;
  #host: string | null = null;
  #lines = '';

  constructor(listener: ListenerContext, peer: string) {
    this.#listener = listener;
    this.#peer = peer;
  }

  /** Via, and X-Forwarded-* for a peer that is not trusted; the same for every request to one host. */
  of(version: ViaVersion, host: string): string {
    if (host !== this.#host || version !== this.#version) {
      this.#host = host;
      this.#version = version;
      this.#lines = this.#listener.via(version) + freshForwarded(this.#peer, host, this.#listener.spec.port);
    }
    return this.#lines;
  }
}
