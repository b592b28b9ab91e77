/** The gateway's own ends of connections, seen from outside of it. */
import { Socket } from 'node:net';

function find(test: (socket: Socket) => boolean): Socket | undefined {
  const handles = (process as unknown as { _getActiveHandles(): object[] })._getActiveHandles();
  return handles.find((handle): handle is Socket => handle instanceof Socket && test(handle));
}

/** Of the only connection that a listener of the gateway has. */
export function acceptedSocket(port: number): Socket | undefined {
  return find(({ localPort }) => localPort === port);
}

/** Of the only connection that the gateway has to an instance. */
export function openedSocket(port: number): Socket | undefined {
  return find(({ remotePort }) => remotePort === port);
}

/** Bytes that wait for the kernel, those that libuv holds included. */
export function queuedBytes(socket: Socket): number {
  const handle = (socket as unknown as { _handle: { writeQueueSize: number } | null })._handle;
  return Math.max(socket.writableLength, handle?.writeQueueSize ?? 0);
}
