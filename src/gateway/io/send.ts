/** Head and body leave together: as one string when the body is small (one system call), as one vectored write else. */
import type { Socket } from 'node:net';
import { keepBytes, leave, SHARED } from './lent-buffer.ts';
import { writeNow } from './node-internals.ts';

/** Up to here copying a body behind its head is cheaper than a second buffer in the write. */
const JOINED_BYTES = 8 * 1024;

/** `buffer` is lent. @returns false when the socket has enough for now */
export function sendHeadAndBytes(socket: Socket, head: string, buffer: Buffer, start: number, end: number): boolean {
  if (end - start <= JOINED_BYTES) return writeNow(socket, head + buffer.toString('latin1', start, end));
  socket.cork();
  socket.write(head, 'latin1');
  const more = socket.write(lasting(buffer, start, end));
  socket.uncork();
  if (socket.writableLength > 0) leave(buffer);
  return more;
}

/** `buffer` is lent. @returns false when the socket has enough for now */
export function sendBytes(socket: Socket, buffer: Buffer, start: number, end: number): boolean {
  if (buffer === SHARED && end - start <= JOINED_BYTES) return writeNow(socket, buffer.toString('latin1', start, end));
  const more = socket.write(lasting(buffer, start, end));
  if (socket.writableLength > 0) leave(buffer);
  return more;
}

/** The bytes where nobody's next read overwrites them before the write is over. */
function lasting(buffer: Buffer, start: number, end: number): Buffer {
  if (buffer === SHARED) return keepBytes(buffer, start, end);
  return start === 0 && end === buffer.length ? buffer : buffer.subarray(start, end);
}
