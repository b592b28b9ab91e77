/**
 * A gateway's thread as it comes up. It takes messages at once; they wait until it runs. May be begun before there is
 * anybody to speak with it, so that it comes up on another core meanwhile.
 */
import { Worker } from 'node:worker_threads';
import type { Limits } from './limits.ts';

export interface Thread {
  readonly worker: Worker;
  /** It runs. @throws what kept it from that */
  readonly up: Promise<void>;
}

/** @param file the bundled worker's */
export function beginThread(file: URL, limits?: Partial<Limits>): Thread {
  const worker = new Worker(file, { workerData: { limits }, name: 'gateway', stdout: true, stderr: true });
  // Passed on by us: Node would open this process's own outputs for it, milliseconds before anything is said.
  worker.stdout.on('data', (chunk: Buffer) => process.stdout.write(chunk));
  worker.stderr.on('data', (chunk: Buffer) => process.stderr.write(chunk));
  const up = new Promise<void>((resolve, reject) => {
    worker.once('online', resolve);
    worker.once('error', reject);
  });
  // Told to whoever waits for it.
  up.catch(() => {});
  return { worker, up };
}
