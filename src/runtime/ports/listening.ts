/**
 * Which ports are listened on right now, on loopback or on all addresses: one look at the kernel's table for any number
 * of ports, where a trial `bind` costs two sockets each. Linux only.
 */
import { readListening } from '../processes/listening-table.ts';

/** 127.0.0.1, ::1, ::ffff:127.0.0.1 and "all addresses" as the table prints them: machine words, in either byte order. */
const IN_THE_WAY: ReadonlySet<string> = new Set([
  '0100007F',
  '7F000001',
  '00000000',
  '00000000000000000000000001000000',
  '00000000000000000000000000000001',
  '0000000000000000FFFF00000100007F',
  '00000000000000000000FFFF7F000001',
  '00000000000000000000000000000000',
]);

/** @returns null where the table cannot be read: then only a trial tells */
export function listeningPorts(): ReadonlySet<number> | null {
  const rows = readListening('self');
  return rows && new Set(rows.filter(({ address }) => IN_THE_WAY.has(address)).map(({ port }) => port));
}
