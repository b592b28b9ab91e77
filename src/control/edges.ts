/**
 * The port of each declared edge: opened when a definition has it, kept while it does, closed after. For a process it
 * is on loopback; for a container on the address by which containers reach this machine, open to the caller's own
 * containers only. A service that moves from one to the other keeps both: its old replicas still use theirs.
 */

import type { Gateway } from '../gateway/gateway.ts';
import type { NewEvent } from '../model/event.ts';
import type { ServiceName } from '../model/names.ts';
import type { Project, ServiceSpec } from '../model/project.ts';
import type { HostSide } from '../runtime/drivers/container/address.ts';
import type { PortLedger } from '../runtime/ports.ts';
import { listenOnFree } from './listen-on-free.ts';

/** How a caller meets its edges: a process on loopback, a container where containers reach this machine. */
export type Side = 'process' | 'container';

interface Edge {
  readonly caller: ServiceName;
  readonly callee: ServiceName;
  readonly port: number;
  /** Where its caller runs, now or with its old replicas: it listens for each. */
  readonly sides: Set<Side>;
}

const LOOPBACK = '127.0.0.1';
const PUBLIC = 'public@containers';

export class Edges {
  readonly #open = new Map<string, Edge>();
  /** Of a process, begun before its edge is followed: its port once the gateway listens there. */
  readonly #foreseen = new Map<string, Promise<number>>();
  #tcp: ReadonlySet<string> = new Set();
  readonly #parts: { gateway: Gateway; ports: PortLedger; emit: (event: NewEvent) => number };
  /** Addresses of the containers of each service. */
  readonly #peers = new Map<string, Set<string>>();
  #host: HostSide | null = null;
  #publicPort: number | null = null;

  constructor(parts: { gateway: Gateway; ports: PortLedger; emit: (event: NewEvent) => number }) {
    this.#parts = parts;
  }

  /** Callee -> port, of those whom a service calls and whose edge is open; and which services do not speak HTTP. */
  around({ name, calls }: Pick<ServiceSpec, 'name' | 'calls'>): {
    edges: Record<string, number>;
    tcp: ReadonlySet<string>;
  } {
    const mine = calls.flatMap((callee) => this.#open.get(edgeId(name, callee)) ?? []);
    return { edges: Object.fromEntries(mine.map((edge) => [edge.callee, edge.port])), tcp: this.#tcp };
  }

  /**
   * The gateway begins to listen for the calls of processes: all at once, while there is time. `follow` announces
   * it, and fails with what went wrong here.
   */
  foresee(project: Project): void {
    for (const { name: caller, calls, run } of Object.values(project.services)) {
      if (run.kind !== 'process') continue;
      for (const callee of calls) {
        const id = edgeId(caller, callee);
        if (this.#open.has(id) || this.#foreseen.has(id)) continue;
        const port = this.#listenOnFree(id, caller, callee, 'process');
        port.catch(() => {});
        this.#foreseen.set(id, port);
      }
    }
  }

  /** @param host how containers reach this machine; null while the project has none */
  async follow(project: Project, host: HostSide | null, publicPort: number | null, cause: number): Promise<void> {
    this.#host = host;
    const all = Object.values(project.services);
    this.#tcp = new Set(all.filter(({ protocol }) => protocol === 'tcp').map(({ name }) => name));
    const wanted = new Map<string, { caller: ServiceName; callee: ServiceName; side: Side }>();
    for (const { name: caller, calls, run } of all) {
      for (const callee of calls) wanted.set(edgeId(caller, callee), { caller, callee, side: run.kind });
    }
    for (const id of [...this.#open.keys()]) if (!wanted.has(id)) await this.#close(id, cause);
    await Promise.all([...wanted].map(([id, edge]) => this.#openSide(id, edge, cause)));
    await this.#forget();
    await this.#openPublic(host, publicPort);
  }

  /** From now on connections from that address are that service's. */
  async admit(service: string, address: string): Promise<void> {
    const peers = this.#peers.get(service) ?? new Set();
    this.#peers.set(service, peers.add(address));
    await this.#tellPeers(service);
  }

  async dismiss(service: string, address: string): Promise<void> {
    this.#peers.get(service)?.delete(address);
    await this.#tellPeers(service);
  }

  async #tellPeers(service: string): Promise<void> {
    if (!this.#host?.showsPeer) return;
    const { gateway } = this.#parts;
    const mine = [...this.#open].filter(([, { caller, sides }]) => caller === service && sides.has('container'));
    await Promise.all([
      ...mine.map(([id]) => gateway.admit(containerId(id), this.#peersOf(service))),
      ...(this.#publicPort === null ? [] : [gateway.admit(PUBLIC, this.#allPeers())]),
    ]);
  }

  #peersOf(service: string): string[] {
    return [...(this.#peers.get(service) ?? [])];
  }

  #allPeers(): string[] {
    return [...this.#peers.values()].flatMap((peers) => [...peers]);
  }

  async #openSide(
    id: string,
    { caller, callee, side }: { caller: ServiceName; callee: ServiceName; side: Side },
    cause: number,
  ): Promise<void> {
    const open = this.#open.get(id);
    // A container that nobody asked to run: its edge opens with the network it needs.
    if (open?.sides.has(side) || (side === 'container' && this.#host === null)) return;
    if (open) {
      await this.#listen(id, caller, callee, side, open.port);
      open.sides.add(side);
      return;
    }
    const foreseen = side === 'process' ? this.#foreseen.get(id) : undefined;
    if (foreseen) this.#foreseen.delete(id);
    const port = await (foreseen ?? this.#listenOnFree(id, caller, callee, side));
    this.#open.set(id, { caller, callee, port, sides: new Set([side]) });
    this.#parts.emit({ type: 'edge.listening', caller, callee, port, cause });
  }

  /** Gives back what was foreseen for a definition that was never applied. */
  async #forget(): Promise<void> {
    for (const [id, foreseen] of this.#foreseen) {
      this.#foreseen.delete(id);
      const port = await foreseen.catch(() => null);
      if (port === null) continue;
      await this.#parts.gateway.unlisten(id);
      this.#parts.ports.release(port);
    }
  }

  #listenOnFree(id: string, caller: ServiceName, callee: ServiceName, side: Side): Promise<number> {
    const { ports } = this.#parts;
    return listenOnFree(
      () => ports.claim(id),
      (port) => this.#listen(id, caller, callee, side, port),
      (claimed) => ports.release(claimed),
    );
  }

  #listen(id: string, caller: ServiceName, callee: ServiceName, side: Side, port: number): Promise<void> {
    const { gateway } = this.#parts;
    const host = this.#host;
    if (side === 'process' || host === null) {
      return gateway.listen({ id, kind: 'edge', host: LOOPBACK, port, caller, callee });
    }
    const peers = host.showsPeer ? { peers: this.#peersOf(caller) } : {};
    return gateway.listen({ id: containerId(id), kind: 'edge', host: host.listen, port, caller, callee, ...peers });
  }

  /** GATEWAY_URL of containers: the public port, on the address by which they reach this machine. In a VM it is the same one. */
  async #openPublic(host: HostSide | null, port: number | null): Promise<void> {
    if (!host?.showsPeer || port === null || port === this.#publicPort) return;
    const { gateway } = this.#parts;
    if (this.#publicPort !== null) await gateway.unlisten(PUBLIC);
    try {
      await gateway.listen({ id: PUBLIC, kind: 'public', host: host.listen, port, peers: this.#allPeers() });
      this.#publicPort = port;
    } catch (error) {
      // A gateway that listens everywhere has this address too.
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
      this.#publicPort = null;
    }
  }

  async #close(id: string, cause: number): Promise<void> {
    const edge = this.#open.get(id);
    if (!edge) return;
    this.#open.delete(id);
    const { gateway, ports, emit } = this.#parts;
    if (edge.sides.has('process')) await gateway.unlisten(id);
    if (edge.sides.has('container')) await gateway.unlisten(containerId(id));
    ports.release(edge.port);
    emit({ type: 'edge.closed', caller: edge.caller, callee: edge.callee, cause });
  }
}

/** Names an edge; its port is claimed under the same name. */
export function edgeId(caller: ServiceName, callee: ServiceName): string {
  return `edge:${caller}>${callee}`;
}

function containerId(edge: string): string {
  return `${edge}@containers`;
}
