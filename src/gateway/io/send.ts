/** Head and body leave together: as one string when the body is small (one system call), as one vectored write else. */
import type { Socket } from 'node:net';

/** Up to here copying a body behind its head is cheaper than a second buffer in the write. */
const JOINED_BYTES = 8 * 1024;

/** @returns false when the socket has enough for now */
export function sendHeadAndBytes(socket: Socket, head: string, buffer: Buffer, start: number, end: number): boolean {
  if (end - start <= JOINED_BYTES) return socket.write(head + buffer.toString('latin1', start, end), 'latin1');
  socket.cork();
  socket.write(head, 'latin1');
  const more = socket.write(start === 0 && end === buffer.length ? buffer : buffer.subarray(start, end));
  socket.uncork();
  return more;
}

/** @returns false when the socket has enough for now */
export function sendBytes(socket: Socket, buffer: Buffer, start: number, end: number): boolean {
  return socket.write(start === 0 && end === buffer.length ? buffer : buffer.subarray(start, end));
}
