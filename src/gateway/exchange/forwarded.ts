/**
 * Who asked, told to the service: X-Forwarded-*, and Forwarded (RFC 7239). On the public port what a client claims is
 * replaced; on an edge the caller is a service of the system and its chain is continued.
 */
import type { RequestHead } from '../http/request-head.ts';

/** The lines of a client that is not trusted. They depend on nothing but the connection and the host. */
export function freshForwarded(peer: string, host: string, port: number): string {
  return (
    `X-Forwarded-For: ${peer}\r\nX-Forwarded-Host: ${host}\r\nX-Forwarded-Port: ${port}\r\n` +
    `X-Forwarded-Proto: http\r\nForwarded: ${element(peer, host)}\r\n`
  );
}

/** Whether there is a chain to continue. */
export function isForwarded({ forwardedFor, forwarded, forwardedHost, forwardedProto }: RequestHead): boolean {
  return forwardedFor !== '' || forwarded !== '' || forwardedHost !== '' || forwardedProto !== '';
}

export function continuedForwarded(head: RequestHead, peer: string, host: string, port: number): string {
  const chain = head.forwardedFor === '' ? peer : `${head.forwardedFor}, ${peer}`;
  const forwarded = head.forwarded === '' ? element(peer, host) : `${head.forwarded}, ${element(peer, host)}`;
  return (
    `X-Forwarded-For: ${chain}\r\nX-Forwarded-Host: ${head.forwardedHost || host}\r\nX-Forwarded-Port: ${port}\r\n` +
    `X-Forwarded-Proto: ${head.forwardedProto || 'http'}\r\nForwarded: ${forwarded}\r\n`
  );
}

function element(peer: string, host: string): string {
  const node = peer.includes(':') ? `"[${peer}]"` : peer;
  return `for=${node};host="${host}";proto=http`;
}

/** The peer's address as people write it: an IPv4 address even when the socket speaks IPv6. */
export function plainAddress(address: string | undefined): string {
  if (address === undefined) return 'unknown';
  return address.startsWith('::ffff:') ? address.slice(7) : address;
}
