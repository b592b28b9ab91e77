/** Servers to probe: raw ones that say exactly what a test wants, on a loopback address of its choice. */
import net from 'node:net';
import { onTestFinished } from 'vitest';

export interface TestServer {
  readonly port: number;
  /** What was asked, connection by connection. */
  readonly asked: readonly string[];
  readonly connections: () => number;
  close(): Promise<void>;
}

export async function serve(
  onData: (socket: net.Socket, text: string) => void,
  { host = '127.0.0.1', port = 0 }: { host?: string; port?: number } = {},
): Promise<TestServer> {
  const asked: string[] = [];
  const sockets = new Set<net.Socket>();
  let connections = 0;
  const server = net.createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      asked.push(chunk.toString());
      onData(socket, chunk.toString());
    });
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve));
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      for (const socket of sockets) socket.destroy();
      server.close(() => resolve());
    });
  onTestFinished(close);
  return { port: (server.address() as net.AddressInfo).port, asked, connections: () => connections, close };
}

/** Answers every request with this, then closes. */
export function answering(text: string): (socket: net.Socket) => void {
  return (socket) => socket.end(text);
}
