/**
 * Listening sockets on the way to the gateway's thread: its own once it has said so. Those that a thread had not taken
 * when it died are closed here, or their ports would stay taken for ever.
 */
import { closeSync, fstatSync } from 'node:fs';

export class HandedSockets {
  /** Descriptor -> inode: a number that was closed may be another file's by now, an inode never is while it is open. */
  readonly #handed = new Map<number, number>();

  add(fd: number): void {
    this.#handed.set(fd, fstatSync(fd).ino);
  }

  taken(fd: number): void {
    this.#handed.delete(fd);
  }

  /** The thread is no more, and what it had taken went with it. */
  close(): void {
    for (const [fd, inode] of this.#handed) if (inodeOf(fd) === inode) closeSync(fd);
    this.#handed.clear();
  }
}

function inodeOf(fd: number): number | null {
  try {
    return fstatSync(fd).ino;
  } catch {
    return null;
  }
}
