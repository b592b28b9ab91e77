/**
 * What is typed, for a while. At a terminal it is a stream of its own: the end of `process.stdin`, which Ctrl-D is where
 * lines are read, is for good, and who goes on after the session (the dashboard) would hear no key any more.
 */
import { closeSync, fstatSync, openSync } from 'node:fs';
import { ReadStream } from 'node:tty';

export interface Keyboard {
  readonly stream: NodeJS.ReadStream;
  /** The same stream where it is a terminal's. */
  readonly terminal: ReadStream | null;
  /** Nothing is read from it any more. */
  close(): void;
}

export function openKeyboard(): Keyboard {
  const { stdin } = process;
  const own = stdin.isTTY ? openTerminal() : null;
  if (!own) return { stream: stdin, terminal: stdin.isTTY ? stdin : null, close: () => stdin.pause() };
  return { stream: own, terminal: own, close: () => own.destroy() };
}

/** @returns null where the process has no terminal of its own, such as in a session of a supervisor */
function openTerminal(): ReadStream | null {
  let fd: number;
  try {
    fd = openSync('/dev/tty', 'r');
  } catch {
    return null;
  }
  const { rdev } = fstatSync(fd);
  // Where libuv can, it reads from a descriptor that it opened itself, and leaves this one.
  return new ReadStream(fd).once('close', () => {
    if (isOpen(fd, rdev)) closeSync(fd);
  });
}

function isOpen(fd: number, rdev: number): boolean {
  try {
    return fstatSync(fd).rdev === rdev;
  } catch {
    return false;
  }
}
