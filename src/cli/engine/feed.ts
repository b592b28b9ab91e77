/** The events of a running system, each with the view that it makes. Loses nothing silently: a gap re-reads the view. */
import type { Client } from '../../control/client.ts';
import type { MsvcEvent } from '../../model/event.ts';
import { Fold, type View } from '../../model/view.ts';

export interface Told {
  readonly event: MsvcEvent;
  /** With the event folded in. Good until the next one is asked for: what is kept longer is a `snapshotOf` it. */
  readonly view: View;
}

/** @param from events after this view's `seq` are told, those that have already happened first */
export async function* follow(client: Client, from: View, signal?: AbortSignal): AsyncGenerator<Told> {
  let fold = new Fold(from);
  for await (const event of client.stream('events', { after: from.seq, follow: true }, signal)) {
    if (event.type === 'stream.gap') {
      fold = new Fold(await client.request('view', {}));
      yield { event, view: fold.view };
    } else if (event.seq > fold.view.seq) {
      yield { event, view: fold.add(event) };
    }
  }
}
