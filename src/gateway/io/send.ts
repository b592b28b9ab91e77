/** Head and body leave together: as one string when the body is small (one system call), as one vectored write else. */
import type { Socket } from 'node:net';
import { keepBytes, leave, SHARED } from './lent-buffer.ts';
import { endNow } from './node-internals.ts';
import { writeSoon, writeWaiting } from './turn-writes.ts';

/** Up to here copying a body behind its head is cheaper than a second buffer in the write. */
const JOINED_BYTES = 8 * 1024;

/** `buffer` is lent. @returns false when the socket has enough for now */
export function sendHeadAndBytes(socket: Socket, head: string, buffer: Buffer, start: number, end: number): boolean {
  if (end - start <= JOINED_BYTES) return writeSoon(socket, head + buffer.toString('latin1', start, end));
  writeWaiting();
  socket.cork();
  socket.write(head, 'latin1');
  const more = socket.write(lasting(buffer, start, end));
  socket.uncork();
  if (socket.writableLength > 0) leave(buffer);
  return more;
}

/** `buffer` is lent. @returns false when the socket has enough for now */
export function sendBytes(socket: Socket, buffer: Buffer, start: number, end: number): boolean {
  if (buffer === SHARED && end - start <= JOINED_BYTES) return writeSoon(socket, buffer.toString('latin1', start, end));
  writeWaiting();
  const more = socket.write(lasting(buffer, start, end));
  if (socket.writableLength > 0) leave(buffer);
  return more;
}

/** A head and what of a body is held for it. @returns false when the socket has enough for now */
export function sendHeadAndPieces(socket: Socket, head: string, pieces: readonly Buffer[]): boolean {
  if (pieces.length === 0) return writeSoon(socket, head);
  const [first] = pieces;
  if (pieces.length === 1 && first!.length <= JOINED_BYTES) return writeSoon(socket, head + first!.toString('latin1'));
  writeWaiting();
  socket.cork();
  let more = socket.write(head, 'latin1');
  for (const piece of pieces) more = socket.write(piece);
  socket.uncork();
  return more;
}

/** Nothing more is sent: a FIN, behind all that was. */
export function endSending(socket: Socket): void {
  writeWaiting();
  endNow(socket);
}

/** Closes the connection. What was sent is with the kernel before. */
export function closeSocket(socket: Socket): void {
  writeWaiting();
  socket.destroy();
}

/** Breaks the connection off with a RST. What was sent is with the kernel before. */
export function resetSocket(socket: Socket): void {
  writeWaiting();
  socket.resetAndDestroy();
}

/** The bytes where nobody's next read overwrites them before the write is over. */
function lasting(buffer: Buffer, start: number, end: number): Buffer {
  if (buffer === SHARED) return keepBytes(buffer, start, end);
  return start === 0 && end === buffer.length ? buffer : buffer.subarray(start, end);
}
