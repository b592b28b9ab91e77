/** Waits until an engine's process is no more: its connection ends a moment before it does. */
import { setTimeout as pause } from 'node:timers/promises';
import { startTimeOf } from '../runtime/process-table.ts';
import type { Client } from './client.ts';

/** It only has to exit; longer than this means that something else has its number by now. */
const PATIENCE_MS = 5_000;
const LOOK_EVERY_MS = 1;

export async function engineGone(client: Client): Promise<void> {
  const { pid } = client.hello;
  const start = startTimeOf(pid);
  await client.ended;
  const end = performance.now() + PATIENCE_MS;
  while (start !== null && startTimeOf(pid) === start && performance.now() < end) await pause(LOOK_EVERY_MS);
}
