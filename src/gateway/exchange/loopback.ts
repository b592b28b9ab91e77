/**
 * Loopback is two addresses: a server that listens on `localhost` may be at either.
 * @returns the other one, or null when the address is not loopback's
 */
export function otherLoopback(address: string): string | null {
  if (address === '127.0.0.1') return '::1';
  if (address === '::1') return '127.0.0.1';
  return null;
}
