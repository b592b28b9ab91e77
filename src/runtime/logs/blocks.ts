/**
 * Buffers that log lines are gathered in on their way to the disk, used again and again so that a flood makes no
 * garbage. Owns the free ones; keeps few of them.
 */

/** Holds a formatted pipe read (64 KiB) of lines that are not very short. */
export const BLOCK_BYTES = 256 * 1024;
const KEPT = 8;

const free: Buffer[] = [];

export function takeBlock(): Buffer {
  return free.pop() ?? Buffer.allocUnsafeSlow(BLOCK_BYTES);
}

export function giveBlock(block: Buffer): void {
  if (free.length < KEPT) free.push(block);
}
