/**
 * How bytes come off a socket: by Node's `onread`, into a lent buffer, without a Readable in between; by 'data' events
 * where an accepted connection cannot be given `onread`.
 */
import type { OnReadOpts, Socket } from 'node:net';
import { Lender, SHARED } from './lent-buffer.ts';
import { wrapAgain } from './node-internals.ts';

/** The bytes are lent until it returns. */
export type Receive = (buffer: Buffer, length: number) => void;

/** For `new Socket`. */
export function readingOptions(receive: Receive): { readonly onread: OnReadOpts } {
  const lender = new Lender();
  let isFirst = true;
  return {
    onread: {
      // Asked for once before the first read and again after each; anything but a buffer means the same again.
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

/** For `new Socket`: at most so much at once, into memory of its own. */
export function smallReadingOptions(bytes: number, receive: Receive): { readonly onread: OnReadOpts } {
  const own = Buffer.allocUnsafe(bytes);
  return {
    onread: {
      buffer: own,
      callback: (length) => {
        receive(own, length);
        return true;
      },
    },
  };
}

/** @returns the socket to use from now on in the accepted one's place; it may be the same */
export function readAccepted(accepted: Socket, receive: Receive): Socket {
  const socket = wrapAgain(accepted, readingOptions(receive));
  if (socket !== null) return socket;
  accepted.on('data', (data) => receive(data, data.length));
  return accepted;
}

/**
 * Former wrappers of connections that were handed over. Node reads into the memory that the last one lent until the
 * connection is closed, whenever nobody else listens: it must not be freed before.
 */
const former = new WeakMap<Socket, Socket>();

/** The connection for somebody else to read, `unread` first. The given socket is not to be used any more. */
export function handOver(socket: Socket, unread: Buffer): Socket {
  // One by one: only then does Node take note that nobody listens. It would give the unread bytes to nobody.
  for (const listener of socket.listeners('data')) socket.off('data', listener as () => void);
  socket.removeAllListeners();
  const plain = wrapAgain(socket, {}) ?? socket;
  former.set(plain, socket);
  if (unread.length > 0) plain.unshift(unread);
  return plain;
}
