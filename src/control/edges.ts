/** The loopback port of each declared edge: opened when a definition has it, kept while it does, closed after. */

import type { Gateway } from '../gateway/gateway.ts';
import type { NewEvent } from '../model/event.ts';
import type { ServiceName } from '../model/names.ts';
import type { Project } from '../model/project.ts';
import type { PortLedger } from '../runtime/ports.ts';
import { listenOnFree } from './listen-on-free.ts';

interface Edge {
  readonly caller: ServiceName;
  readonly callee: ServiceName;
  readonly port: number;
}

export class Edges {
  readonly #open = new Map<string, Edge>();
  #tcp: ReadonlySet<string> = new Set();
  readonly #parts: { gateway: Gateway; ports: PortLedger; emit: (event: NewEvent) => number };

  constructor(parts: { gateway: Gateway; ports: PortLedger; emit: (event: NewEvent) => number }) {
    this.#parts = parts;
  }

  /** Callee -> port, of one caller; and which callees do not speak HTTP. */
  around(caller: ServiceName): { edges: Record<string, number>; tcp: ReadonlySet<string> } {
    const mine = [...this.#open.values()].filter((edge) => edge.caller === caller);
    return { edges: Object.fromEntries(mine.map((edge) => [edge.callee, edge.port])), tcp: this.#tcp };
  }

  async follow(project: Project, cause: number): Promise<void> {
    const all = Object.values(project.services);
    this.#tcp = new Set(all.filter(({ protocol }) => protocol === 'tcp').map(({ name }) => name));
    const wanted = new Map<string, { caller: ServiceName; callee: ServiceName }>();
    for (const { name: caller, calls } of all) {
      for (const callee of calls) wanted.set(`edge:${caller}>${callee}`, { caller, callee });
    }
    for (const id of [...this.#open.keys()]) if (!wanted.has(id)) await this.#close(id, cause);
    await Promise.all(
      [...wanted]
        .filter(([id]) => !this.#open.has(id))
        .map(([id, edge]) => this.#openOne(id, edge.caller, edge.callee, cause)),
    );
  }

  async #openOne(id: string, caller: ServiceName, callee: ServiceName, cause: number): Promise<void> {
    const { gateway, ports, emit } = this.#parts;
    const port = await listenOnFree(
      () => ports.claim(id),
      (claimed) => gateway.listen({ id, kind: 'edge', host: '127.0.0.1', port: claimed, caller, callee }),
      (claimed) => ports.release(claimed),
    );
    this.#open.set(id, { caller, callee, port });
    emit({ type: 'edge.listening', caller, callee, port, cause });
  }

  async #close(id: string, cause: number): Promise<void> {
    const edge = this.#open.get(id);
    if (!edge) return;
    this.#open.delete(id);
    const { gateway, ports, emit } = this.#parts;
    await gateway.unlisten(id);
    ports.release(edge.port);
    emit({ type: 'edge.closed', caller: edge.caller, callee: edge.callee, cause });
  }
}
