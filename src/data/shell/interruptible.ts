/**
 * Lets Ctrl-C end the shell while SQLite works: a statement blocks the thread, so neither a signal handler nor the
 * terminal's raw mode, in which Ctrl-C is only a byte, would be of any use. Nothing is lost by dying: an unfinished
 * transaction is rolled back by whoever opens the database next.
 */
interface Terminal {
  setRawMode?(raw: boolean): unknown;
}

/** @param terminal in raw mode, which it has again afterwards; undefined = not interactive, the work is just done */
export function interruptible<T>(terminal: Terminal | undefined, work: () => T): T {
  if (!terminal) return work();
  const listeners = process.listeners('SIGINT');
  process.removeAllListeners('SIGINT');
  terminal.setRawMode?.(false);
  try {
    return work();
  } finally {
    terminal.setRawMode?.(true);
    for (const listener of listeners) process.on('SIGINT', listener);
  }
}
