/** A socket that listens before anybody accepts from it, in whatever thread: who connects waits in the system's queue. */
import { getSystemErrorName } from 'node:util';
import { posix } from './children/posix.ts';

/** Node's own default. */
const BACKLOG = 511;

/**
 * @param address in digits
 * @returns the descriptor, the caller's to close; null where there is no such way and Node has to listen itself
 * @throws an Error with `code` (EADDRINUSE, EACCES, EADDRNOTAVAIL, EMFILE, ...)
 */
export function listeningSocket(address: string, port: number): number | null {
  const fd = posix()?.listen(address, port, BACKLOG) ?? null;
  if (fd === null || fd >= 0) return fd;
  const code = getSystemErrorName(fd);
  // An address that is written in another way than those of most machines: with a zone.
  if (code === 'EAFNOSUPPORT') return null;
  throw Object.assign(new Error(`listen ${code}: ${address}:${port}`), { code });
}
