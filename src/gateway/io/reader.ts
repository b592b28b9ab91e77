/**
 * How bytes come off a socket. The one place to change for reading into a shared buffer; nothing else listens for data.
 * The buffer belongs to the receiver from then on.
 */
import type { Socket } from 'node:net';

export function readFrom(socket: Socket, receive: (buffer: Buffer) => void): void {
  socket.on('data', receive);
}
