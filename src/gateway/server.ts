/**
 * The gateway itself, whatever thread it runs in: listeners, the current route table, the services behind it. Owns the
 * listening sockets; `worker.ts` is a thin shell around it.
 */
import { createServer, type Server, type Socket } from 'node:net';
import type { AccessLogSpec } from '../model/access-log.ts';
import type { Fault } from '../model/fault.ts';
import type { Change, Snapshot } from '../registry/registry.ts';
import { AccessLog } from './access-log/access-log.ts';
import { AuthenticatorCache } from './auth/authenticators.ts';
import { ClientConnection } from './exchange/client-connection.ts';
import type { GatewayContext } from './exchange/context.ts';
import { ListenerContext } from './exchange/listener-context.ts';
import { TcpRelay } from './exchange/tcp-relay.ts';
import { Sweeper } from './io/sweeper.ts';
import { DEFAULT_LIMITS, type Limits } from './limits.ts';
import type { GatewayStats, ListenerSpec, RouteTable } from './protocol.ts';
import { Matcher } from './routes/matcher.ts';
import { RateLimiters } from './routes/rate-limiter.ts';
import { Directory } from './services/directory.ts';
import type { Tell } from './services/tell.ts';

interface Listening {
  readonly server: Server;
  readonly context: ListenerContext;
}

export class GatewayServer {
  readonly #context: GatewayContext;
  readonly #listeners = new Map<string, Listening>();
  /** What outlives a table: buckets, and keys that were loaded. */
  readonly #limiters = new RateLimiters();
  readonly #auth = new AuthenticatorCache();

  constructor(tell: Tell, limits: Partial<Limits> = {}) {
    const all = { ...DEFAULT_LIMITS, ...limits };
    this.#context = {
      limits: all,
      sweeper: new Sweeper(),
      directory: new Directory(tell, all),
      matcher: new Matcher({ routes: [], balancers: {} }),
      serverTiming: false,
      accessLog: null,
    };
  }

  /**
   * Port 0 takes a free one.
   * @param fd of a socket that listens there already: it is this gateway's from now on
   * @returns the port. @throws the system's error (EADDRINUSE, EACCES, EADDRNOTAVAIL)
   */
  listen(spec: ListenerSpec, fd?: number): Promise<number> {
    return new Promise((resolve, reject) => {
      // Half-open: a FIN is looked at by us, since tunnels keep theirs.
      const server = createServer({ allowHalfOpen: true, noDelay: true });
      server.once('error', reject);
      // What is told next may be to close it.
      if (fd !== undefined) this.#begin(server, spec);
      server.once('close', () => resolve(spec.port));
      server.listen(fd === undefined ? { host: spec.host, port: spec.port, backlog: 511 } : { fd }, () => {
        server.off('error', reject);
        // Running out of descriptors fails one accept, not the gateway.
        server.on('error', () => {});
        const address = server.address();
        const port = typeof address === 'object' && address !== null ? address.port : spec.port;
        if (fd === undefined) this.#begin(server, { ...spec, port });
        resolve(port);
      });
    });
  }

  #begin(server: Server, spec: ListenerSpec): void {
    const context = new ListenerContext(spec);
    server.on('connection', (socket) => {
      if (context.admits(socket.remoteAddress)) this.#accept(socket, context);
      else socket.destroy();
    });
    this.#listeners.set(spec.id, { server, context });
  }

  #accept(socket: Socket, listener: ListenerContext): void {
    const { callee } = listener.spec;
    const isTcp = callee !== undefined && this.#context.directory.service(callee).protocol === 'tcp';
    if (isTcp) new TcpRelay(socket, listener, this.#context);
    else new ClientConnection(socket, listener, this.#context);
  }

  /** Takes no new connection or request there; what is in flight is finished. */
  unlisten(id: string): void {
    const listening = this.#listeners.get(id);
    if (!listening) return;
    this.#listeners.delete(id);
    listening.context.closing = true;
    listening.server.close();
    for (const connection of [...listening.context.connections]) if (connection.isIdle) connection.destroy();
  }

  admit(id: string, peers: readonly string[]): void {
    this.#listeners.get(id)?.context.admitOnly(peers);
  }

  setRoutes(table: RouteTable): void {
    this.#context.matcher = new Matcher(table, this.#limiters, this.#auth.update(table.auth));
    this.#context.directory.setPolicies(table);
    this.#context.serverTiming = table.serverTiming ?? false;
    this.#setAccessLog(table.accessLog);
    this.#context.directory.setProtocols(table.protocols ?? {});
  }

  #setAccessLog(spec: AccessLogSpec | undefined): void {
    const { accessLog } = this.#context;
    if (JSON.stringify(spec) === JSON.stringify(accessLog?.spec)) return;
    void accessLog?.close();
    this.#context.accessLog = spec ? new AccessLog(spec) : null;
  }

  setFaults(faults: readonly Fault[]): void {
    this.#context.directory.setFaults(faults);
  }

  setRegistry(snapshot: Snapshot): void {
    this.#context.directory.apply(snapshot);
  }

  changeRegistry(change: Change): void {
    this.#context.directory.change(change);
  }

  /** Resolves when nothing is in flight to the instance, or when the time is over. */
  drain(instance: string, timeoutMs: number): Promise<void> {
    const endpoint = this.#context.directory.endpoint(instance);
    if (!endpoint) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        forget();
        resolve();
      }, timeoutMs);
      const forget = endpoint.whenDrained(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  stats(): GatewayStats {
    let connections = 0;
    for (const { context } of this.#listeners.values()) connections += context.connections.size;
    const services = [...this.#context.directory.services];
    return {
      connections,
      edges: services.flatMap((service) => [...service.lanes].map((lane) => lane.stats())),
      instances: services.flatMap((service) => service.instances()),
    };
  }

  /** Ends everything at once. Resolves when the access log has been written. */
  async close(): Promise<void> {
    for (const { server, context } of this.#listeners.values()) {
      context.closing = true;
      server.close();
      for (const connection of [...context.connections]) connection.destroy();
    }
    this.#listeners.clear();
    this.#context.directory.close();
    await this.#context.accessLog?.close();
  }
}
