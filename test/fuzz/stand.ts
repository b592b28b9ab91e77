/** A gateway between a fuzz and its origins: edges, the public port, and what the gateway counts. Owns all sockets of the origins. */
import { once } from 'node:events';
import type { Server, Socket } from 'node:net';
import type { Limits } from '../../src/gateway/limits.ts';
import type { RouteTable } from '../../src/gateway/protocol.ts';
import { GatewayServer } from '../../src/gateway/server.ts';
import { instanceId, type ServiceName } from '../../src/model/names.ts';
import type { Route, RouteFilter } from '../../src/model/route.ts';
import { Registry } from '../../src/registry/registry.ts';

/** No circuit opens and nobody is ejected: what is counted must not depend on runs before. */
const POLICY = { own: { breaker: null, ejection: null }, callers: {} };

/** A connection that has not ended by then hangs: all limits of the gateway are shorter. */
export const HANG_MS = 20_000;

export class FuzzStand {
  readonly #gateway: GatewayServer;
  readonly #registry = new Registry();
  readonly #servers: Server[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #edges = new Map<ServiceName, number>();
  publicPort = 0;

  private constructor(limits: Partial<Limits>) {
    this.#gateway = new GatewayServer({ onSuspect: () => {}, onNews: () => {} }, limits);
    const { snapshot } = this.#registry.watch((change) => this.#gateway.changeRegistry(change));
    this.#gateway.setRegistry(snapshot);
  }

  static async open(limits: Partial<Limits>): Promise<FuzzStand> {
    const stand = new FuzzStand(limits);
    const spec = { id: 'public', host: '127.0.0.1', port: 0, kind: 'public' } as const;
    stand.publicPort = await stand.#gateway.listen(spec);
    return stand;
  }

  /** @param instances its replicas, one server each */
  async serve(service: ServiceName, instances: readonly Server[]): Promise<void> {
    this.#registry.setAvailability(service, 'expected');
    for (const [i, server] of instances.entries()) await this.#start(service, i + 1, server);
    const edge = { kind: 'edge', caller: 'fuzz', callee: service } as const;
    const listening = this.#gateway.listen({ id: `edge:fuzz>${service}`, host: '127.0.0.1', port: 0, ...edge });
    this.#edges.set(service, await listening);
  }

  async #start(service: ServiceName, replica: number, server: Server): Promise<void> {
    server.listen(0, '127.0.0.1');
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    this.#servers.push(server);
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const id = instanceId(service, replica, 1);
    this.#registry.put({ id, service, replica, host: '127.0.0.1', port, state: 'ready' });
  }

  edgePort(service: ServiceName): number {
    return this.#edges.get(service)!;
  }

  setRoutes(routes: readonly Route[], protocols: RouteTable['protocols'] = {}): void {
    const policies = Object.fromEntries([...this.#edges.keys()].map((service) => [service, POLICY]));
    this.#gateway.setRoutes({ routes, balancers: {}, policies, protocols });
  }

  /** Attempts towards its instances. */
  sent(service: ServiceName): number {
    const instances = this.#gateway.stats().instances.filter(({ instance }) => instance.startsWith(`${service}.`));
    return instances.reduce((sum, { requests }) => sum + requests, 0);
  }

  /** Requests that came through an edge or a route. */
  asked(service: ServiceName): number {
    const edges = this.#gateway.stats().edges.filter(({ callee }) => callee === service);
    return edges.reduce((sum, { requests }) => sum + requests, 0);
  }

  /** @returns whether no client is connected and nothing in flight, in time */
  async untilQuiet(): Promise<boolean> {
    const begun = performance.now();
    for (let now = begun; now < begun + HANG_MS; now = performance.now()) {
      const { connections, edges } = this.#gateway.stats();
      if (connections === 0 && edges.every(({ inFlight, parked }) => inFlight === 0 && parked === 0)) return true;
      // Mostly it is in the next turn; what waits for a limit is waited for.
      await new Promise((resolve) => (now < begun + 5 ? setImmediate(resolve) : setTimeout(resolve, 5)));
    }
    return false;
  }

  async close(): Promise<void> {
    this.#gateway.close();
    const closed = this.#servers.map((server) => new Promise((resolve) => server.close(resolve)));
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(closed);
  }
}

export function routeTo(service: ServiceName, value: string, filters: readonly RouteFilter[] = []): Route {
  const place = { file: 'msvc.yaml', line: 1, column: 1 };
  return { service, hostnames: [], filters, timeouts: {}, place, matches: [{ path: { type: 'PathPrefix', value } }] };
}
