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
  return oneByOne(folded(client, from, eventsAfter(client, from, signal)), signal);
}

/** What is told, by whom, and what ends it: for who asks earlier than they can listen. */
export interface Feed {
  readonly client: Client;
  /** All that has come meanwhile, at once: hundreds of events need no turn each. Each is gone through to its end. */
  readonly told: AsyncIterable<Iterable<Told>>;
  readonly end: () => void;
}

export function openFeed(client: Client, from: View): Feed {
  const over = new AbortController();
  return { client, told: folded(client, from, eventsAfter(client, from, over.signal)), end: () => over.abort() };
}

function eventsAfter(client: Client, { seq }: View, signal?: AbortSignal): AsyncIterable<readonly MsvcEvent[]> {
  return client.batches('events', { after: seq, follow: true }, signal);
}

async function* folded(
  client: Client,
  from: View,
  batches: AsyncIterable<readonly MsvcEvent[]>,
): AsyncGenerator<Iterable<Told>> {
  let fold = new Fold(from);
  for await (const batch of batches) {
    let begin = 0;
    for (const [i, event] of batch.entries()) {
      if (event.type !== 'stream.gap') continue;
      yield toldOf(fold, batch.slice(begin, i));
      fold = new Fold(await client.request('view', {}));
      yield [{ event, view: fold.view }];
      begin = i + 1;
    }
    yield toldOf(fold, begin === 0 ? batch : batch.slice(begin));
  }
}

function* toldOf(fold: Fold, events: readonly MsvcEvent[]): Generator<Told> {
  for (const event of events) if (event.seq > fold.view.seq) yield { event, view: fold.add(event) };
}

async function* oneByOne(batches: AsyncIterable<Iterable<Told>>, signal?: AbortSignal): AsyncGenerator<Told> {
  for await (const batch of batches) {
    for (const told of batch) {
      if (signal?.aborted) return;
      yield told;
    }
  }
}
