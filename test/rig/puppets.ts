/**
 * The rig's end of its puppets: each launch of `puppet.mjs` connects to one Unix socket and becomes a `Puppet`, so a
 * test learns of a launch at once and tells the very process what to do.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { Arrivals, within } from './wait.ts';

export interface Notice {
  readonly event: 'listening' | 'request' | 'signal' | 'stream-closed';
  readonly [fact: string]: unknown;
}

export interface Hello {
  readonly service: string;
  readonly replica: number;
  readonly pid: number;
  readonly port: number | null;
  readonly version: string;
  readonly instance: string | null;
}

interface Frame {
  readonly id?: number;
  readonly event?: string;
  readonly result?: unknown;
  readonly error?: string;
}

/** One process. Its facts are those it told when it began. */
export class Puppet {
  readonly notices = new Arrivals<Notice>();
  /** The process has gone (its end of the socket closed). */
  readonly gone: Promise<void>;
  #next = 1;
  readonly #asked = new Map<number, { resolve: (result: unknown) => void; reject: (error: Error) => void }>();
  readonly #socket: Socket;

  constructor(
    readonly hello: Hello,
    socket: Socket,
  ) {
    this.#socket = socket;
    this.gone = new Promise((resolve) => socket.on('close', () => resolve()));
    void this.gone.then(() => {
      this.notices.end(`${hello.service}.${hello.replica} (pid ${hello.pid}) has gone`);
      for (const { reject } of this.#asked.values()) reject(new Error(`pid ${hello.pid} has gone`));
    });
  }

  get pid(): number {
    return this.hello.pid;
  }

  /** Does one of puppet.mjs's actions and resolves with its result. Those that end the process (`exit`, `kill`) resolve too. */
  async tell(action: string, options: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    const id = this.#next++;
    const answer = new Promise((resolve, reject) => this.#asked.set(id, { resolve, reject }));
    this.#socket.write(`${JSON.stringify({ id, action, ...options })}\n`);
    return within(answer, () => `${this.hello.service} to ${action}`);
  }

  notice(event: Notice['event'], fits: (notice: Notice) => boolean = () => true): Promise<Notice> {
    return this.notices.until(`${event} of ${this.hello.service}`, (one) => one.event === event && fits(one));
  }

  take(frame: Frame): void {
    if (frame.id === undefined) {
      this.notices.push(frame as unknown as Notice);
      return;
    }
    const asked = this.#asked.get(frame.id);
    this.#asked.delete(frame.id);
    if (frame.error === undefined) asked?.resolve(frame.result);
    else asked?.reject(new Error(frame.error));
  }
}

export class Puppets {
  readonly #launches = new Arrivals<Puppet>();
  readonly #taken = new Set<Puppet>();
  readonly #sockets = new Set<Socket>();

  private constructor(private readonly server: Server) {}

  static async listen(socketPath: string): Promise<Puppets> {
    const server = createServer();
    const puppets = new Puppets(server);
    server.on('connection', (socket) => puppets.#welcome(socket));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(socketPath, resolve);
    });
    return puppets;
  }

  /** The next launch of that service (of that replica) which no earlier call was given. */
  async next(service: string, replica?: number): Promise<Puppet> {
    const puppet = await this.#launches.until(
      `a launch of ${service}${replica === undefined ? '' : `.${replica}`}`,
      (one) =>
        !this.#taken.has(one) &&
        one.hello.service === service &&
        (replica === undefined || one.hello.replica === replica),
    );
    this.#taken.add(puppet);
    return puppet;
  }

  /** All launches of a service so far, oldest first. */
  launches(service: string): readonly Puppet[] {
    return this.#launches.all.filter((one) => one.hello.service === service);
  }

  async close(): Promise<void> {
    this.#launches.end('the rig was taken down');
    const closed = new Promise((resolve) => this.server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #welcome(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => this.#sockets.delete(socket));
    let puppet: Puppet | undefined;
    createInterface({ input: socket }).on('line', (line) => {
      const frame = JSON.parse(line) as Frame & Hello;
      if (puppet) {
        puppet.take(frame);
        return;
      }
      puppet = new Puppet(frame, socket);
      this.#launches.push(puppet);
    });
  }
}
