/**
 * Waits for the children that were spawned past Node. Node waits for its own, one pid at a time, so neither takes the
 * other's. Owns the list of those that have not ended.
 */
import { constants } from 'node:os';
import type { Exit } from '../../model/instance.ts';
import type { Posix } from './posix.ts';

/** Some have two names: the first is the one that everybody says. */
const SIGNALS = new Map(
  Object.entries(constants.signals)
    .reverse()
    .map(([name, number]) => [number, name]),
);

export class Reaper {
  readonly #posix: Pick<Posix, 'reap'>;
  readonly #running = new Map<number, (exit: Exit) => void>();

  constructor(posix: Pick<Posix, 'reap'>) {
    this.#posix = posix;
    process.on('SIGCHLD', () => this.#look());
  }

  /** Resolves when it has ended; its pid may be somebody else's then. To be called once. */
  exitOf(pid: number): Promise<Exit> {
    return new Promise((resolve) => {
      this.#running.set(pid, resolve);
      // The signal of one that ended before somebody listened to it is lost.
      this.#lookAt(pid);
    });
  }

  /** At all of them: one signal may stand for many. */
  #look(): void {
    for (const pid of this.#running.keys()) this.#lookAt(pid);
  }

  #lookAt(pid: number): void {
    const status = this.#posix.reap(pid);
    if (status === null) return;
    const ended = this.#running.get(pid);
    this.#running.delete(pid);
    ended?.(exitOf(status));
  }
}

function exitOf(status: number): Exit {
  if (status >= 0) return { code: status, signal: null };
  return { code: null, signal: SIGNALS.get(-status) ?? `SIG${-status}` };
}
