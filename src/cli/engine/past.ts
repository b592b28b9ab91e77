/** The account of runs that are over, for commands that can tell of them when no engine runs. */
import { stateDirFor } from '../../control/locate.ts';
import { type PastRun, pastRuns } from '../../control/past-events.ts';
import type { EventOf } from '../../model/event.ts';
import { reduce, type View } from '../../model/view.ts';
import { type Context, whereOf } from '../context.ts';
import { endLeftovers } from './leftovers.ts';

/** Oldest first. Call it only when no engine runs: ends what a killed one has left. @throws MsvcError MSVC_SPEC_NOT_FOUND */
export async function endedRuns(context: Context): Promise<PastRun[]> {
  await endLeftovers(context);
  return pastRuns(stateDirFor(whereOf(context)));
}

export interface LastPicture {
  /** Before the stop began: afterwards everything is stopped, and nobody asks why. */
  readonly view: View;
  /** Up to then. */
  readonly events: PastRun['events'];
  /** null: the engine was killed. */
  readonly stopping: EventOf<'engine.stopping'> | null;
}

export function lastPicture({ from, events }: PastRun): LastPicture {
  const end = events.findIndex((event) => event.type === 'engine.stopping');
  const before = end === -1 ? events : events.slice(0, end);
  const view = before.reduce((at, event) => (event.seq > at.seq ? reduce(at, event) : at), from);
  return { view, events: before, stopping: end === -1 ? null : (events[end] as EventOf<'engine.stopping'>) };
}
