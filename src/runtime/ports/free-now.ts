/**
 * Which ports can be listened on right now, on both loopback addresses and those that cover them, without waiting: by a
 * trial that costs microseconds, or by a look at the kernel's table of all sockets, which takes it milliseconds.
 */
import { getSystemErrorName } from 'node:util';
import { type Posix, posix } from '../children/posix.ts';
import { LOOPBACKS } from '../loopback.ts';
import { listeningPorts } from './listening.ts';

/** Good for some milliseconds. */
export type IsFree = (port: number) => boolean;

/** No such address on this machine (IPv6 switched off): nobody can be on it. */
const NOWHERE = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT']);

/** @returns null where neither can be had: then only listening tells */
export function freeNow(): IsFree | null {
  const native = posix();
  if (native) return (port) => LOOPBACKS.every((host) => canBind(native, host, port));
  const listening = listeningPorts();
  return listening && ((port) => !listening.has(port));
}

function canBind(native: Posix, host: string, port: number): boolean {
  const failed = native.bind(host, port);
  return failed === 0 || NOWHERE.has(getSystemErrorName(failed));
}
