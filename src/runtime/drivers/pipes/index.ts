/** Pipes are made one by one where pipe2(2) was compiled, else in a pool. */
import { errnoException } from '../../children/child.ts';
import { type Posix, posix } from '../../children/posix.ts';
import { createFifoPool } from './fifo-pool.ts';
import type { PipePool, PipePoolOptions } from './pipe.ts';

export { closePipe, type PipeEnds, type PipePool } from './pipe.ts';

export function createPipePool(options: PipePoolOptions): PipePool {
  const native = posix();
  return native ? createPosixPipes(native) : createFifoPool(options);
}

function createPosixPipes(native: Posix): PipePool {
  let closed = false;
  return {
    async take() {
      if (closed) throw new Error('the pipe pool is closed');
      const made = native.pipe();
      if (typeof made === 'object') return { readFd: made[0], writeFd: made[1] };
      throw errnoException(made, 'pipe');
    },
    reserve() {},
    async close() {
      closed = true;
    },
  };
}
