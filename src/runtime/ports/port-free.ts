/** Whether a port can be listened on right now, on both loopback addresses. The only proof is to do it. */
import { connect, createServer } from 'node:net';
import { LOOPBACKS } from '../loopback.ts';

/**
 * @returns false when anybody listens there, or on all addresses: on Linux the bind is refused then, elsewhere it
 * would succeed, so a connection is tried too. A listener on another single address of this machine is not found.
 * @throws an Error with `code` when the bind is refused for another reason (EACCES below 1024)
 */
export async function isPortFree(port: number): Promise<boolean> {
  for (const host of LOOPBACKS) {
    if (!(await canListen(host, port))) return false;
    if (process.platform !== 'linux' && (await accepts(host, port))) return false;
  }
  return true;
}

function canListen(host: string, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false);
      // No such address on this machine (IPv6 switched off): nobody can be on it.
      else if (error.code === 'EADDRNOTAVAIL' || error.code === 'EAFNOSUPPORT') resolve(true);
      else reject(error);
    });
    server.listen({ host, port, exclusive: true, ipv6Only: true }, () => server.close(() => resolve(true)));
  });
}

function accepts(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, autoSelectFamily: false });
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
