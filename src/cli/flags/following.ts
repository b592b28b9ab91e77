/** `--follow` beside `--until`: what follows ends at that moment; where it has passed, there is nothing to follow. */
import { LONGEST_MS } from '../../model/longest-time.ts';

export interface Following {
  readonly follow: boolean;
  /** Aborted at the moment. */
  readonly over: AbortSignal | undefined;
}

export function following(
  { follow = false, until }: { readonly follow?: boolean; readonly until?: number },
  now = Date.now(),
): Following {
  if (!follow || until === undefined) return { follow, over: undefined };
  if (until <= now) return { follow: false, over: undefined };
  return { follow, over: AbortSignal.timeout(Math.min(LONGEST_MS, until - now)) };
}
