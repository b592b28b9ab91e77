/**
 * Watches services stop for a command that waits for it: says who holds the stop and for how long, and turns Ctrl-C
 * into "now". Owns the signal handlers while it watches.
 */
import { setImmediate } from 'node:timers/promises';
import type { Client } from '../../control/client.ts';
import type { MsvcEvent } from '../../model/event.ts';
import type { View } from '../../model/view.ts';
import type { Context } from '../context.ts';
import { placeLabel, sayingLine } from '../report/lines.ts';
import { eventSaying } from '../wording/events.ts';
import { follow } from './feed.ts';

/**
 * @param work the request that ends when everything has stopped
 * @param known as it was before; absent: it is asked for
 */
export async function watchStop<T>(context: Context, client: Client, work: () => Promise<T>, known?: View): Promise<T> {
  const abort = new AbortController();
  const view = known ?? (await client.request('view', {}));
  const label = placeLabel(view);
  const account = (async () => {
    for await (const { event } of follow(client, view, abort.signal)) {
      if (!isTold(event)) continue;
      context.err.line(sayingLine(eventSaying(event), label, context.err.style));
    }
  })().catch(() => {});
  const now = (): void => {
    context.err.line('killing what is left now');
    client.request('kill-now', {}).catch(() => {});
  };
  process.on('SIGINT', now);
  process.on('SIGTERM', now);
  try {
    return await work();
  } finally {
    process.off('SIGINT', now);
    process.off('SIGTERM', now);
    // What came with the answer is still on its way through the account, of promises all the way.
    await setImmediate();
    abort.abort();
    await account;
  }
}

/** What holds the stop up, and what stays after it. */
function isTold(event: MsvcEvent): boolean {
  if (event.type === 'engine.noticed') return event.code === 'containers-left' || event.code === 'containers-stuck';
  return event.type === 'instance.lingering' || event.type === 'instance.forced';
}
