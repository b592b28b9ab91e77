/** The way to the container engine, closed until a test opens it: what asks meanwhile waits. */
import net from 'node:net';
import { findEndpoint } from '../../src/runtime/drivers/container/connection.ts';
import { eventually } from './wait.ts';

export class HeldEngine implements AsyncDisposable {
  readonly host: string;
  readonly #server: net.Server;
  readonly #sockets = new Set<net.Socket>();
  readonly #waiting: (() => void)[] = [];
  #open = false;
  #infos = 0;

  /** @param socket where it is to listen */
  static async listen(socket: string): Promise<HeldEngine> {
    const held = new HeldEngine(socket);
    await new Promise<void>((resolve) => held.#server.listen(socket, resolve));
    return held;
  }

  private constructor(socket: string) {
    this.host = `unix://${socket}`;
    this.#server = net.createServer((client) => {
      if (this.#open) this.#pass(client);
      else this.#waiting.push(() => this.#pass(client));
    });
  }

  /** How often somebody has asked who the engine is: each does that who begins to use it. */
  get greetings(): number {
    return this.#infos;
  }

  async askedFor(): Promise<void> {
    await eventually('somebody to ask for the engine', () => this.#waiting.length > 0);
  }

  open(): void {
    this.#open = true;
    for (const pass of this.#waiting.splice(0)) pass();
  }

  #pass(client: net.Socket): void {
    const engine = net.connect(findEndpoint(process.env)!.socketPath);
    for (const socket of [client, engine]) {
      this.#sockets.add(socket);
      socket.on('error', () => {});
    }
    client.on('data', (chunk: Buffer) => {
      if (/^GET \/(v[\d.]+\/)?info /.test(chunk.toString('latin1'))) this.#infos++;
    });
    client.pipe(engine).pipe(client);
    client.once('close', () => engine.destroy());
    engine.once('close', () => client.destroy());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.open();
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
