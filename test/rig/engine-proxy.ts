/**
 * Stands between msvc and the real container engine on a socket of its own: counts what is asked, holds back or answers
 * by itself what a test says, passes on everything else untouched.
 */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import net, { type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { findEndpoint } from '../../src/runtime/drivers/container/connection.ts';

export interface Asked {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
}

export interface Answer {
  readonly status: number;
  readonly body: object;
}

/** Undefined: pass it on. A promise holds it back. */
export type Intercept = (asked: Asked) => Answer | undefined | Promise<Answer | undefined>;

export class EngineProxy {
  readonly asked: Asked[] = [];
  /** Connections that msvc has open now. */
  readonly open = new Set<Socket>();
  /** Answers that have begun and not ended. */
  streaming = 0;
  intercept: Intercept = () => undefined;
  /** Changes the JSON of what the engine answers to that. */
  edit: (asked: Asked, answer: unknown) => unknown = (_asked, answer) => answer;
  edits: (asked: Asked) => boolean = () => false;
  readonly #dir = mkdtempSync(path.join(tmpdir(), 'msvc-proxy-'));
  readonly #upstream = findEndpoint(process.env)!.socketPath;
  readonly #server = http.createServer((request, response) => void this.#pass(request, response));

  static async open(): Promise<EngineProxy> {
    const proxy = new EngineProxy();
    proxy.#server.on('upgrade', (request, socket, head) => proxy.#upgrade(request, socket as Socket, head));
    proxy.#server.on('connection', (socket) => {
      proxy.open.add(socket);
      socket.on('error', () => {});
      socket.once('close', () => proxy.open.delete(socket));
    });
    proxy.#server.listen(proxy.socketPath);
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get socketPath(): string {
    return path.join(this.#dir, 'docker.sock');
  }

  /** For DOCKER_HOST. */
  get host(): string {
    return `unix://${this.socketPath}`;
  }

  #note({ method = '', url = '' }: IncomingMessage): Asked {
    const { pathname, searchParams } = new URL(url, 'http://engine');
    const asked = { method, path: pathname, query: searchParams };
    this.asked.push(asked);
    return asked;
  }

  async #pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const asked = this.#note(request);
    const answer = await this.intercept(asked);
    if (answer) {
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body));
      return;
    }
    const { method, url, headers } = request;
    const onward = http.request({ socketPath: this.#upstream, method, path: url, headers, agent: false });
    onward.on('error', () => response.destroy());
    response.once('close', () => onward.destroy());
    onward.on('response', async (incoming) => {
      this.streaming++;
      response.once('close', () => this.streaming--);
      incoming.on('error', () => response.destroy());
      if (!this.edits(asked)) {
        response.writeHead(incoming.statusCode!, incoming.headers);
        response.flushHeaders();
        incoming.pipe(response);
        return;
      }
      const edited = JSON.stringify(this.edit(asked, JSON.parse(String(await buffer(incoming)))));
      response.writeHead(incoming.statusCode!, { 'content-type': 'application/json' }).end(edited);
    });
    request.pipe(onward);
  }

  #upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    this.#note(request);
    const onward = net.connect(this.#upstream);
    const headers = Object.entries(request.headers).map(([name, value]) => `${name}: ${value}\r\n`);
    onward.write(`${request.method} ${request.url} HTTP/1.1\r\n${headers.join('')}\r\n`);
    onward.write(head);
    socket.pipe(onward).pipe(socket);
    onward.on('error', () => socket.destroy());
    socket.on('error', () => onward.destroy());
    socket.once('close', () => onward.destroy());
    onward.once('close', () => socket.destroy());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.open) socket.destroy();
    this.#server.close();
    rmSync(this.#dir, { recursive: true, force: true });
  }
}
