/**
 * All that relies on how Node's sockets are made inside, each with an ordinary way beside it that is taken where Node
 * turns out to be made otherwise. Tested on Node 20, 24 and 26. Nothing but this file touches a handle.
 *
 * - An accepted socket is there already when we see it, without `onread`: its handle is wrapped again.
 * - A small write goes to the handle without the queue of a Writable, which costs more than the write's own code, and
 *   is needed only when the kernel does not take all of it at once.
 */
import { type OnReadOpts, Socket, type SocketConstructorOpts } from 'node:net';

interface Insides {
  _handle: { readonly useUserBuffer?: unknown } | null;
  _server?: { readonly _connections?: number } | null;
  server?: unknown;
  _write?: (text: string, encoding: 'latin1', done: (error?: Error | null) => void) => void;
}

/** Ordinary ways only, when the environment variable MSVC_GATEWAY_SOCKETS says `ordinary`. Tests switch it. */
export const internals = { areUsed: process.env.MSVC_GATEWAY_SOCKETS !== 'ordinary' };

/**
 * Wraps an accepted connection again, half-open, with `onread` if wanted. The old wrapper is dead then.
 * @returns null when that cannot be done here
 */
export function wrapAgain(accepted: Socket, options: { readonly onread?: OnReadOpts }): Socket | null {
  const inside = accepted as unknown as Insides;
  const { _handle: handle, _server: server, server: owner } = inside;
  if (!internals.areUsed || typeof handle?.useUserBuffer !== 'function') return null;
  if (typeof server?._connections !== 'number') return null;
  const socket = new Socket({ handle, allowHalfOpen: true, ...options } as SocketConstructorOpts);
  // The server counts the new wrapper in the old one's place.
  Object.assign(socket, { server: owner, _server: server });
  inside._handle = null;
  inside._server = null;
  return socket;
}

/** Sockets with a direct write that the kernel has not taken whole. */
const stuck = new Set<Socket>();

/** Writes text. @returns false when the socket has enough for now; `drain` follows */
export function writeNow(socket: Socket, text: string): boolean {
  const inside = socket as unknown as Insides;
  if (
    !internals.areUsed ||
    socket.writableLength > 0 ||
    socket.connecting ||
    inside._handle == null ||
    inside._write === undefined ||
    (stuck.size > 0 && stuck.has(socket))
  ) {
    return socket.write(text, 'latin1');
  }
  let isDone = false;
  let isLate = false;
  inside._write(text, 'latin1', (error) => {
    isDone = true;
    if (error) socket.destroy(error);
    if (!isLate) return;
    stuck.delete(socket);
    if (!error && socket.writableLength === 0) socket.emit('drain');
  });
  if (isDone) return true;
  isLate = true;
  // What follows queues up behind it the ordinary way.
  stuck.add(socket);
  socket.once('close', () => stuck.delete(socket));
  return false;
}
