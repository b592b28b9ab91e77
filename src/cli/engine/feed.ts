/** The events of a running system, each with the view that it makes. Loses nothing silently: a gap re-reads the view. */
import type { Client } from '../../control/client.ts';
import type { MsvcEvent } from '../../model/event.ts';
import { Fold, type View } from '../../model/view.ts';

export interface Told {
  readonly event: MsvcEvent;
  /** With the event folded in. Good until the next one is asked for: what is kept longer is a `snapshotOf` it. */
  readonly view: View;
}

/** Asks at once. @param from events after this view's `seq` are told, those that have already happened first */
export function follow(client: Client, from: View, signal?: AbortSignal): AsyncGenerator<Told> {
  return folded(client, from, client.stream('events', { after: from.seq, follow: true }, signal));
}

/** What is told, by whom, and what ends it: for who asks earlier than they can listen. */
export interface Feed {
  readonly client: Client;
  readonly told: AsyncIterable<Told>;
  readonly end: () => void;
}

export function openFeed(client: Client, from: View): Feed {
  const over = new AbortController();
  return { client, told: follow(client, from, over.signal), end: () => over.abort() };
}

async function* folded(client: Client, from: View, events: AsyncIterable<MsvcEvent>): AsyncGenerator<Told> {
  let fold = new Fold(from);
  for await (const event of events) {
    if (event.type === 'stream.gap') {
      fold = new Fold(await client.request('view', {}));
      yield { event, view: fold.view };
    } else if (event.seq > fold.view.seq) {
      yield { event, view: fold.add(event) };
    }
  }
}
