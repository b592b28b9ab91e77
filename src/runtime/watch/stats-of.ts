/** A look at a file that may be anything by now. */
import { lstatSync, type Stats, statSync } from 'node:fs';

/**
 * Undefined when nothing is there, also when nothing can be: what was a folder on the way has become a file, or is closed
 * to this user. A link itself is looked at, not what it leads to, unless `follow` is given.
 */
export function statsOf(file: string, { follow = false } = {}): Stats | undefined {
  try {
    return (follow ? statSync : lstatSync)(file);
  } catch {
    return undefined;
  }
}
