/** Waits until an engine's process is no more: its connection ends a moment before it does. */
import { startTimeOf } from '../runtime/process-table.ts';
import type { Client } from './client.ts';

/** It only has to exit; longer than this means that something else has its number by now. */
const PATIENCE_S = 5;
const LOOK_EVERY_MS = 1;

export async function engineGone(client: Client): Promise<void> {
  const { pid } = client.hello;
  const start = startTimeOf(pid);
  await client.ended;
  const end = process.uptime() + PATIENCE_S;
  while (start !== null && startTimeOf(pid) === start && process.uptime() < end) await somethingEnded();
}

/** One that this process has begun is its child: the system tells. Of others nobody does. */
function somethingEnded(): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      clearTimeout(timer);
      process.off('SIGCHLD', look);
      resolve();
    };
    const timer = setTimeout(look, LOOK_EVERY_MS);
    process.on('SIGCHLD', look);
  });
}
