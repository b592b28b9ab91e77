/**
 * The requests that are being answered, by connection. A response alone does not tell that its client has gone: one that
 * stands behind another on its connection has no socket yet. Owns that list.
 */
import type { Socket } from 'node:net';
import type { FaceRequest } from './face.ts';
import type { Target } from './target.ts';

export class Asked implements FaceRequest {
  readonly method: string;
  readonly segments: readonly string[];
  readonly query: Target['query'];
  readonly body: string;
  #isGone: boolean;
  #listener: (() => void) | null = null;

  constructor(method: string, segments: readonly string[], query: Target['query'], body: string, isGone: boolean) {
    this.method = method;
    this.segments = segments;
    this.query = query;
    this.body = body;
    this.#isGone = isGone;
  }

  onGone(listener: () => void): void {
    if (this.#isGone) listener();
    else this.#listener = listener;
  }

  leave(): void {
    this.#isGone = true;
    this.#listener?.();
    this.#listener = null;
  }
}

export class OpenRequests {
  readonly #of = new Map<Socket, Set<Asked>>();

  connected(socket: Socket): void {
    this.#of.set(socket, new Set());
    socket.once('close', () => {
      this.#leave(socket);
      this.#of.delete(socket);
    });
  }

  add(socket: Socket, asked: Asked): void {
    this.#of.get(socket)?.add(asked);
  }

  answered(socket: Socket, asked: Asked): void {
    this.#of.get(socket)?.delete(asked);
  }

  leaveAll(): void {
    for (const socket of this.#of.keys()) this.#leave(socket);
  }

  #leave(socket: Socket): void {
    const requests = this.#of.get(socket)!;
    for (const asked of requests) asked.leave();
    requests.clear();
  }
}
