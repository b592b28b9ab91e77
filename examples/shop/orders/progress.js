/**
 * An order's progress as server-sent events. The steps come from the table, not from memory, so any replica can serve
 * the stream, and after a restart the browser continues it elsewhere by the Last-Event-ID it sends by itself.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { getOrder, history } from './store.js';

const LOOK_EVERY_MS = 150;
const FINAL = new Set(['shipped', 'cancelled']);

export async function streamProgress({ params, headers, stopping, res }) {
  getOrder(params.id);
  res.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  res.write('retry: 500\n\n');
  let last = Number(headers['last-event-id'] ?? 0) || 0;
  // Ends when the order is finished, the browser has gone, or this replica is asked to stop.
  while (!res.destroyed && !stopping.aborted) {
    const steps = history(params.id, last);
    for (const step of steps) {
      res.write(`id: ${step.id}\nevent: step\ndata: ${JSON.stringify(step)}\n\n`);
      last = step.id;
    }
    if (FINAL.has(getOrder(params.id).state) && history(params.id, last).length === 0) {
      res.write('event: end\ndata: {}\n\n');
      break;
    }
    await pause(LOOK_EVERY_MS, undefined, { signal: stopping }).catch(() => {});
  }
  res.end();
}
