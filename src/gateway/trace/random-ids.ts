/**
 * Random identifiers for many requests a second: one call to the system's generator fills some hundred of them.
 * Owns the pool; not for secrets.
 */
import { randomFillSync } from 'node:crypto';

const pool = Buffer.alloc(8192);
let hex = '';
let position = 0;

/** `digits` random lower-case hexadecimal digits. */
export function randomHex(digits: number): string {
  if (position + digits > hex.length) {
    randomFillSync(pool);
    hex = pool.toString('hex');
    position = 0;
  }
  position += digits;
  return hex.slice(position - digits, position);
}

/** A UUID of version 4. */
export function randomUuid(): string {
  const h = randomHex(31);
  const variant = '89ab'[Number.parseInt(h[15]!, 16) & 3];
  return `${h.slice(0, 8)}-${h.slice(8, 12)}-4${h.slice(12, 15)}-${variant}${h.slice(16, 19)}-${h.slice(19, 31)}`;
}
