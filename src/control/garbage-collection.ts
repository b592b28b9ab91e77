/** How V8 collects the garbage of this process, its threads' too. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Each thread collects its young objects itself. V8 divides that among four by default, for heaps of many megabytes: an
 * engine's young objects are one or two, and waking the others costs them and the kernel more than the work. Starting a
 * hundred services takes a twentieth less CPU this way; a request through the gateway costs the same.
 *
 * Read anew by V8 at each collection. One that no longer knows the flag ignores it. Its other flags of this kind are no
 * choice: Node 20 dies of its own checks where marking alone is kept from other threads.
 */
export function collectYoungAlone(): void {
  setFlagsFromString('--no-parallel-scavenge');
}

/**
 * Collects this thread's young objects now, a moment at which nobody waits: the next thing that happens may be the end,
 * which somebody waits for, and would meet the collection of all that a start has left. Does nothing where V8 gives no
 * such call.
 */
export function collectYoungNow(): void {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('globalThis.gc');
  // V8's code cache is good for one set of flags, and is written by this process for the next.
  setFlagsFromString('--no-expose-gc');
  if (typeof collect === 'function') collect({ type: 'minor' });
}
