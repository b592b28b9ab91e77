/**
 * The end of a process that is not to take longer than it must: somebody waits for it to be gone. Whoever listens for the
 * exit is told, as at any other; what Node does after that (its threads, V8's heap) the system does in a fraction of the
 * time.
 */
import { posix } from './posix.ts';

/** Everything that was to be written has been. */
export function leave(code: number): never {
  // A profile, or which lines have run, is written by Node itself, at the very end.
  const isWatched = process.execArgv.length > 0 || 'NODE_OPTIONS' in process.env || 'NODE_V8_COVERAGE' in process.env;
  // The last to be told.
  if (!isWatched) process.once('exit', (final) => posix()?.leave(final));
  process.exit(code);
}
