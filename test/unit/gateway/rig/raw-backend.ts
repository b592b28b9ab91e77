/** A server under remote control: a test takes each request off it and says the bytes to answer with. */
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { parseFields } from './raw-client.ts';

/** One connection of the gateway, seen from the instance. */
export class BackendConnection {
  readonly socket: Socket;
  received = '';
  over: 'end' | 'reset' | null = null;
  readonly #watchers = new Set<() => void>();

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (data) => {
      this.received += data.toString('latin1');
      this.#notify();
    });
    socket.on('end', () => this.#end('end'));
    socket.on('error', () => this.#end('reset'));
    socket.on('close', () => this.#end('reset'));
  }

  until<T>(test: (received: string) => T | null | undefined | false): Promise<T> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const found = test(this.received);
        if (!found && !this.over) return;
        this.#watchers.delete(look);
        if (found) resolve(found);
        else reject(new Error(`connection over (${this.over}) after ${JSON.stringify(this.received)}`));
      };
      this.#watchers.add(look);
      look();
    });
  }

  /** Takes one request head off the front. */
  async head(): Promise<{
    readonly line: string;
    readonly fields: ReadonlyMap<string, readonly string[]>;
    readonly text: string;
  }> {
    const end = await this.until((received) => received.indexOf('\r\n\r\n') + 1);
    const text = this.received.slice(0, end - 1);
    this.received = this.received.slice(end + 3);
    const [line = ''] = text.split('\r\n', 1);
    return { line, fields: parseFields(text.slice(line.length + 2)), text };
  }

  /** Takes so many bytes off the front. */
  async bytes(count: number): Promise<string> {
    await this.until((received) => received.length >= count);
    const taken = this.received.slice(0, count);
    this.received = this.received.slice(count);
    return taken;
  }

  send(text: string): this {
    this.socket.write(text, 'latin1');
    return this;
  }

  async closed(): Promise<'end' | 'reset'> {
    await this.until(() => this.over !== null || null);
    return this.over!;
  }

  destroy(): void {
    this.socket.destroy();
  }

  #end(how: 'end' | 'reset'): void {
    this.over ??= how;
    this.#notify();
  }

  #notify(): void {
    for (const watcher of [...this.#watchers]) watcher();
  }
}

export class RawBackend {
  readonly server: Server;
  readonly connections: BackendConnection[] = [];
  readonly #fresh: BackendConnection[] = [];
  readonly #takers: ((connection: BackendConnection) => void)[] = [];

  private constructor(server: Server) {
    this.server = server;
    server.on('connection', (socket) => {
      const connection = new BackendConnection(socket);
      this.connections.push(connection);
      const taker = this.#takers.shift();
      if (taker) taker(connection);
      else this.#fresh.push(connection);
    });
  }

  static async open(port = 0, host = '127.0.0.1'): Promise<RawBackend> {
    const server = createServer({ allowHalfOpen: true, noDelay: true });
    const backend = new RawBackend(server);
    server.listen(port, host);
    await once(server, 'listening');
    return backend;
  }

  get port(): number {
    return (this.server.address() as { port: number }).port;
  }

  /** The next connection that no test has taken yet. */
  connection(): Promise<BackendConnection> {
    const fresh = this.#fresh.shift();
    return fresh ? Promise.resolve(fresh) : new Promise((resolve) => this.#takers.push(resolve));
  }

  /** Stops listening and ends every connection. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    for (const { socket } of this.connections) socket.destroy();
    await closed;
  }
}
