/** The gateway's public port: taken once, kept while a definition does not name another; and those of services that do not speak HTTP. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Gateway } from '../gateway/gateway.ts';
import type { NewEvent } from '../model/event.ts';
import type { Project } from '../model/project.ts';
import type { PortLedger } from '../runtime/ports.ts';
import { type PortOwner, portOwner } from '../runtime/processes/sockets.ts';
import { listenOnFree } from './listen-on-free.ts';
import { TcpPorts } from './tcp-ports.ts';

export interface PublicPortParts {
  readonly gateway: Gateway;
  readonly ports: PortLedger;
  readonly emit: (event: NewEvent) => number;
}

export class PublicPort {
  readonly #parts: PublicPortParts;
  readonly #tcp: TcpPorts;
  #listening: { readonly host: string; readonly port: number } | null = null;

  constructor(parts: PublicPortParts) {
    this.#parts = parts;
    this.#tcp = new TcpPorts(parts.gateway, parts.ports);
  }

  get port(): number | null {
    return this.#listening?.port ?? null;
  }

  get url(): string | null {
    return this.#listening === null ? null : `http://localhost:${this.#listening.port}`;
  }

  /** @throws MsvcError MSVC_PORT_TAKEN; the old port stays open then */
  async open(project: Project): Promise<void> {
    await this.#openHttp(project);
    await this.#tcp.follow(project);
  }

  async #openHttp({ gateway: { port: spec, host, place } }: Project): Promise<void> {
    const { gateway, ports, emit } = this.#parts;
    const before = this.#listening;
    if (before?.host === host && (spec.kind === 'auto' || spec.number === before.port)) return;
    if (before) await gateway.unlisten('public');
    const preferred: { owner: PortOwner | null } = { owner: null };
    const { port, moved } = await listenOnFree(
      () => ports.claimGateway(spec, place),
      async (claimed) => {
        const listening = gateway.listen({ id: 'public', kind: 'public', host, port: claimed.port });
        // A look at every process's descriptors, while the gateway's thread does what it was told.
        const looking = claimed.moved && spec.kind === 'auto' ? nextTurn().then(() => portOwner(spec.preferred)) : null;
        [, preferred.owner] = await Promise.all([listening, looking]);
      },
      (claimed) => ports.release(claimed.port),
    ).catch(async (error: unknown) => {
      if (before) await gateway.listen({ id: 'public', kind: 'public', ...before });
      throw error;
    });
    if (before) ports.release(before.port);
    this.#listening = { host, port };
    this.announce();
    if (!moved || spec.kind !== 'auto') return;
    const { owner } = preferred;
    const by = owner === null ? {} : { pid: owner.pid, command: owner.command };
    emit({ type: 'engine.noticed', code: 'gateway-port-moved', facts: { preferred: spec.preferred, port, ...by } });
  }

  announce(): void {
    if (this.#listening === null) return;
    this.#parts.emit({ type: 'gateway.listening', ...this.#listening, url: this.url ?? '' });
  }
}
