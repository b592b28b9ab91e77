/**
 * Real pipes for the output of services: Node's own child pipes are sockets, on which a script's `> /dev/stderr` fails.
 */
import { closeSync } from 'node:fs';

/** Both ends belong to the taker, who closes them. */
export interface PipeEnds {
  /** Non-blocking. */
  readonly readFd: number;
  /** Blocking, as programs expect of their output. */
  readonly writeFd: number;
}

export interface PipePool {
  /** Rejects with an ErrnoException: `EMFILE`, `ENFILE`... */
  take(): Promise<PipeEnds>;
  /** Says that so many will soon be taken, those of earlier calls among them: they are made together, now. */
  reserve(count: number): void;
  /** Closes what was not taken. Pending and later takes reject. */
  close(): Promise<void>;
}

export interface PipePoolOptions {
  /** An existing folder that only this user can enter, on a disk that has FIFOs (the runtime folder). */
  readonly dir: string;
  /** Pairs kept ready, where they are made beforehand. Default 8. */
  readonly spare?: number;
}

export function closePipe(ends: PipeEnds): void {
  closeSync(ends.readFd);
  closeSync(ends.writeFd);
}
