/**
 * Reads the output pipes of services on the event loop, not in threads: hundreds of silent pipes cost nothing, and none
 * of them can hold up the few threads that write to the disk. All pipes are read into one buffer.
 */
import fs from 'node:fs';
import { Socket, type SocketConstructorOpts } from 'node:net';

/** A pipe holds 64 KiB unless somebody enlarged it; more room than that saves the read that finds it empty. */
const READ_BYTES = 128 * 1024;
/** What is taken, at most, out of a pipe that its holders keep open after the end of the log. */
const LEFTOVER_BYTES = 1024 * 1024;

const shared = Buffer.allocUnsafeSlow(READ_BYTES);

export interface PipeReader {
  /** End of file, or `stop`. Never rejects. */
  readonly ended: Promise<void>;
  resume(): void;
  /** Takes what is in the pipe now, then closes it. */
  stop(): void;
}

/**
 * Takes over `fd`, the read end of a pipe or socket.
 *
 * @param onChunk is given memory that is used again after the call; returns whether to go on reading. When not, the
 * pipe fills and its writer blocks, until `resume`.
 * @throws ERR_INVALID_FD_TYPE when it is neither
 */
export function readPipe(fd: number, onChunk: (chunk: Buffer) => boolean): PipeReader {
  const socket = new Socket({
    fd,
    readable: true,
    writable: false,
    onread: { buffer: shared, callback: (bytes: number) => onChunk(shared.subarray(0, bytes)) },
  } as SocketConstructorOpts);
  const ended = new Promise<void>((resolve) => {
    socket.on('error', () => socket.destroy());
    socket.on('end', () => socket.destroy());
    socket.on('close', () => resolve());
  });
  return {
    ended,
    resume: () => void socket.resume(),
    stop: () => {
      if (socket.destroyed) return;
      takeLeftover(fd, onChunk);
      socket.destroy();
    },
  };
}

function takeLeftover(fd: number, onChunk: (chunk: Buffer) => boolean): void {
  let taken = 0;
  try {
    while (taken < LEFTOVER_BYTES) {
      const bytes = fs.readSync(fd, shared, 0, READ_BYTES, null);
      if (bytes === 0) return;
      onChunk(shared.subarray(0, bytes));
      taken += bytes;
    }
  } catch {
    // EAGAIN: the pipe is empty.
  }
}
