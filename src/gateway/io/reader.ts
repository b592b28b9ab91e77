/**
 * How bytes come off a socket: by Node's `onread`, into a lent buffer, without a Readable in between. For sockets that
 * we open it is a documented option. An accepted one is there already when we see it, and no documented way leads from
 * it to `onread`: its handle is wrapped again. Where that does not work as it does in the Nodes we know, ordinary
 * 'data' events take its place; nothing else changes. Nothing but this file touches a handle.
 */
import { type OnReadOpts, Socket, type SocketConstructorOpts } from 'node:net';
import { Lender, SHARED } from './lent-buffer.ts';

/** The bytes are lent until it returns. */
export type Receive = (buffer: Buffer, length: number) => void;

/** For `new Socket`. */
export function readingOptions(receive: Receive): { readonly onread: OnReadOpts } {
  const lender = new Lender();
  let isFirst = true;
  return {
    onread: {
      // Asked for once before the first read and again after each.
      buffer: () => {
        if (!isFirst) return lender.next() as Buffer;
        isFirst = false;
        return SHARED;
      },
      callback: (length, buffer) => {
        lender.noteRead(length);
        receive(buffer as Buffer, length);
        return true;
      },
    },
  };
}

interface Insides {
  _handle: unknown;
  _server?: { _connections?: number } | null;
  server?: unknown;
}

/** Whether accepted sockets are wrapped again; tests turn it off to see the ordinary way. */
export const adoption = { isOn: process.env.MSVC_GATEWAY_READS !== 'events' };

/** @returns the socket to use from now on instead of the accepted one; the same when that cannot be wrapped again */
export function readAccepted(accepted: Socket, receive: Receive): Socket {
  const inside = accepted as unknown as Insides;
  const handle = inside._handle as { useUserBuffer?: unknown } | null;
  const server = inside._server;
  if (!adoption.isOn || typeof handle?.useUserBuffer !== 'function' || typeof server?._connections !== 'number') {
    accepted.on('data', (data) => receive(data, data.length));
    return accepted;
  }
  const options = { handle, allowHalfOpen: true, ...readingOptions(receive) };
  const socket = new Socket(options as SocketConstructorOpts);
  // The old wrapper lets go of everything; its server counts the new one.
  Object.assign(socket, { server: inside.server, _server: server });
  inside._handle = null;
  inside._server = null;
  return socket;
}

/** The connection in a wrapper that reads like any other, `unread` first: for a protocol that is spoken by someone else. */
export function handOver(socket: Socket, unread: Buffer): Socket {
  const inside = socket as unknown as Insides;
  socket.removeAllListeners();
  let plain = socket;
  if (inside._server != null && adoption.isOn && (inside._handle as { useUserBuffer?: unknown })?.useUserBuffer) {
    plain = new Socket({ handle: inside._handle, allowHalfOpen: true } as SocketConstructorOpts);
    Object.assign(plain, { server: inside.server, _server: inside._server });
    inside._handle = null;
    inside._server = null;
  }
  if (unread.length > 0) plain.unshift(unread);
  return plain;
}
