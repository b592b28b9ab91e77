/**
 * The engine's end of the control socket: accepts connections, decodes requests, answers them from `handlers`. Owns
 * connections and nothing else. The socket is 0600 in a 0700 folder: whoever may open it may ask anything.
 */
import { chmodSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { errorData } from '../model/error.ts';
import { removeFile } from '../runtime/remove-file.ts';
import { FrameReader, frame } from './frames.ts';
import type { ClientFrame, Method, Params, Result } from './protocol.ts';
import { TurnWriter } from './turn-writer.ts';

/** What a handler knows of the connection that asks. */
export interface Peer {
  readonly id: number;
  /**
   * @param json of the value where it is there already, one line
   * @returns false when the peer has gone or is too far behind; nothing was sent then.
   */
  item(request: number, value: unknown, json?: string): boolean;
  readonly gone: AbortSignal;
}

/** Resolves when the connection has ended: with null; or with what came sooner. */
export { untilAborted as gone } from '../runtime/until-aborted.ts';

export type Handlers = {
  readonly [M in Method]: (params: Params<M>, peer: Peer, request: number) => Promise<Result<M>> | Result<M>;
};

/** Unsent bytes above which a peer gets no more items. */
const MAX_BACKLOG_BYTES = 8 * 1024 * 1024;
/** How long a peer may take to read the last of it. */
const PATIENCE_MS = 500;

export interface Hooks {
  /** The last connection has ended. */
  readonly onAlone: () => void;
  /** Items are about to be sent. What happens now comes before whatever their readers do. */
  readonly beforeItems: () => void;
}

export class ControlServer {
  readonly #server: Server;
  readonly #sockets = new Map<Socket, TurnWriter>();
  readonly #handlers: Handlers;
  readonly #hooks: Partial<Hooks>;
  #nextPeer = 1;

  constructor(handlers: Handlers, hooks: Partial<Hooks> = {}) {
    this.#handlers = handlers;
    this.#hooks = hooks;
    this.#server = createServer((socket) => this.serve(socket));
  }

  get connections(): number {
    return this.#sockets.size;
  }

  listen(path: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(path, () => {
        this.#server.off('error', reject);
        chmodSync(path, 0o600);
        resolve();
      });
    });
  }

  /**
   * For when this process is about to end, and connections with it. Removes the socket's file, so that nobody comes any
   * more; resolves when the system has taken all that was written, or nobody reads the rest.
   */
  async leave(): Promise<void> {
    for (const writer of this.#sockets.values()) writer.flush();
    const path = this.#server.address();
    const removed = typeof path === 'string' ? removeFile(path) : undefined;
    const unsent = [...this.#sockets.keys()].filter((socket) => socket.writableLength > 0);
    if (unsent.length > 0) {
      const sent = unsent.map((socket) => new Promise((resolve) => socket.write('', resolve)));
      await Promise.race([Promise.all(sent), pause(PATIENCE_MS, undefined, { ref: false })]);
    }
    await removed;
  }

  /** Also of a connection that was made in another way. */
  serve(socket: Socket): void {
    const handlers = this.#handlers;
    const writer = new TurnWriter(socket, this.#hooks.beforeItems);
    this.#sockets.set(socket, writer);
    const gone = new AbortController();
    const peer: Peer = {
      id: this.#nextPeer++,
      gone: gone.signal,
      item: (id, item, json) => {
        if (gone.signal.aborted || writer.backlog > MAX_BACKLOG_BYTES) return false;
        writer.add(json === undefined ? frame({ id, item }) : `{"id":${id},"item":${json}}\n`);
        return true;
      },
    };
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#sockets.delete(socket);
      gone.abort();
      if (this.#sockets.size === 0) this.#hooks.onAlone?.();
    });
    const reader = new FrameReader();
    socket.on('data', (chunk: Buffer) => {
      let frames: unknown[];
      try {
        frames = reader.push(chunk);
      } catch {
        socket.destroy();
        return;
      }
      for (const request of frames) {
        if (typeof request !== 'object' || request === null) return void socket.destroy();
        void this.#answer(writer, request as ClientFrame, peer, handlers);
      }
    });
  }

  /** An answer goes out now, with whatever items wait before it. */
  async #answer(writer: TurnWriter, request: ClientFrame, peer: Peer, handlers: Handlers): Promise<void> {
    const { id, method, params } = request;
    try {
      const handler = handlers[method] as ((p: unknown, peer: Peer, id: number) => unknown) | undefined;
      if (!handler) throw new Error(`unknown method ${String(method)}`);
      const result = await handler(params, peer, id);
      writer.send(frame({ id, result }));
    } catch (error) {
      writer.send(frame({ id, error: errorData(error) }));
    }
  }
}
