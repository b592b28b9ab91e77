/**
 * The process: runs the job again and again, one run at a time, and on SIGTERM lets the run that is under way finish. A run
 * that fails is logged and tried again at the next turn. What a run does is in `job.js`.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { createJob } from './job.js';
import { log } from './lib/log.js';

const EVERY_MS = Number(process.env.EVERY_MS ?? 5_000);

const stopping = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT']) {
  process.once(signal, () => {
    log('info', 'stopping', { signal });
    stopping.abort();
  });
}

const job = createJob();
log('info', 'ready', { everyMs: EVERY_MS });
while (!stopping.signal.aborted) {
  const started = performance.now();
  try {
    const outcome = await job.run(stopping.signal);
    log('info', 'done', { ...outcome, ms: Math.round(performance.now() - started) });
  } catch (error) {
    if (!stopping.signal.aborted) log('error', error.message, { stack: error.stack });
  }
  await pause(EVERY_MS, undefined, { signal: stopping.signal }).catch(() => {});
}
job.close();
log('info', 'stopped');
