/**
 * All that relies on how Node's sockets are made inside, each with an ordinary way beside it that is taken where Node
 * turns out to be made otherwise. Tested on Node 20, 24 and 26. Nothing but this file touches a handle.
 *
 * - An accepted socket is there already when we see it, without `onread`: its handle is wrapped again.
 * - A small write goes to the handle without the queue of a Writable, which costs more than the write's own code, and
 *   is needed only when the kernel does not take all of it at once. Node 24.22 and 26 make its requests elsewhere:
 *   ordinary writes.
 * - Whether a connection that is not read from stands is asked of the handle; a public way would be to read. Otherwise it
 *   is known when reading goes on.
 */
import { type OnReadOpts, Socket, type SocketConstructorOpts } from 'node:net';
import { getSystemErrorName } from 'node:util';

interface Handle {
  readonly useUserBuffer?: unknown;
  /** @returns an error's number when there is no peer */
  getpeername?: (address: object) => number;
  /** @returns an error's number, or 0: then all of it is written, or waits and `request` is told its end */
  writeLatin1String?: (request: WriteRequest | null, text: string) => number;
}

/** What Node's sockets hand to a handle with each write. It is the handle's until the end when the first try did not do. */
interface WriteRequest {
  oncomplete?: (status: number) => void;
  /** -1: no write holds it. An empty queue does not say so: a second try may have written all, whose end comes later. */
  getAsyncId(): number;
}

interface Insides {
  _handle: Handle | null;
  _server?: { readonly _connections?: number } | null;
  server?: unknown;
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
  const outside = socket as unknown as Insides;
  outside.server = owner;
  outside._server = server;
  inside._handle = null;
  inside._server = null;
  return socket;
}

/** The other side has reset it, which is not heard of while nothing is read. A FIN behind unread bytes cannot be seen. */
export function isReset(socket: Socket): boolean {
  const handle = (socket as unknown as Insides)._handle;
  if (!internals.areUsed || socket.connecting || typeof handle?.getpeername !== 'function') return false;
  return handle.getpeername({}) !== 0;
}

/** Sockets with a direct write that the kernel has not taken whole. */
const stuck = new Set<Socket>();

/** Nothing waits to be written, so that the next write goes to the kernel at once. */
export function isClear(socket: Socket): boolean {
  const { _handle: handle } = socket as unknown as Insides;
  return handle != null && socket.writableLength === 0 && !socket.connecting && !(stuck.size > 0 && stuck.has(socket));
}

/** More is written than the kernel takes, by as much as a socket should hold at most. `drain` follows. */
export function isFull(socket: Socket): boolean {
  return socket.writableNeedDrain || (stuck.size > 0 && stuck.has(socket));
}

/** Writes text. @returns false when the socket has enough for now; `drain` follows */
export function writeNow(socket: Socket, text: string): boolean {
  const handle = (socket as unknown as Insides)._handle!;
  if (!internals.areUsed || spare === null || !isClear(socket)) return socket.write(text, 'latin1');
  if (spare === undefined) return writeAndLearn(socket, handle, text);
  const status = handle.writeLatin1String!(spare, text);
  if (status !== 0) {
    socket.destroy(writeError(status));
    return true;
  }
  if (spare.getAsyncId() === -1) return true;
  const request = spare;
  spare = new (spare.constructor as new () => WriteRequest)();
  request.oncomplete = (ended) => {
    stuck.delete(socket);
    if (ended < 0) socket.destroy(writeError(ended));
    // What queued up behind it may be too little for a drain of its own.
    else if (!socket.writableNeedDrain) socket.emit('drain');
  };
  // What follows queues up behind it the ordinary way.
  stuck.add(socket);
  socket.once('close', () => stuck.delete(socket));
  return false;
}

/**
 * Ends the writing side behind all that was written. A direct write that is under way is waited for: a socket that knows
 * nothing of it would ask the kernel for the FIN at once, and cannot be reset any more (libuv refuses, Node leaks it).
 */
export function endNow(socket: Socket): void {
  if (stuck.size > 0 && stuck.has(socket)) socket.once('drain', () => socket.end());
  else socket.end();
}

/** A request for the next write; undefined until Node's own first one has shown how they are made, null: not as known here. */
let spare: WriteRequest | null | undefined;

/** An ordinary write, watched. */
function writeAndLearn(socket: Socket, handle: Handle, text: string): boolean {
  const original = handle.writeLatin1String;
  if (typeof original !== 'function') return socket.write(text, 'latin1');
  handle.writeLatin1String = (request, written) => {
    const isKnown = typeof request?.getAsyncId === 'function';
    spare = isKnown ? new (request.constructor as new () => WriteRequest)() : null;
    return original.call(handle, request, written);
  };
  const more = socket.write(text, 'latin1');
  delete handle.writeLatin1String;
  return more;
}

function writeError(status: number): Error {
  const code = getSystemErrorName(status);
  return Object.assign(new Error(`write ${code}`), { errno: status, code, syscall: 'write' });
}
