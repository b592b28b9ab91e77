/** Reads what `event-file.ts` wrote: the events of earlier runs, for commands. A torn or foreign line is passed over. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { MsvcEvent } from '../model/event.ts';
import { EMPTY_VIEW, type View } from '../model/view.ts';
import { EVENT_FILES } from './event-file.ts';

export interface PastRun {
  /** What the events are folded into, those that it knows already left out; empty when the run's beginning is kept. */
  readonly from: View;
  readonly events: readonly MsvcEvent[];
}

/** Oldest first; none when there is no file. */
export function pastRuns(stateDir: string): PastRun[] {
  const runs: { from: View; events: MsvcEvent[] }[] = [];
  for (const line of [...lines(stateDir, EVENT_FILES.older), ...lines(stateDir, EVENT_FILES.current)]) {
    const entry = parsed(line);
    if (!entry) continue;
    if ('view' in entry) {
      // Only where nothing older is kept: otherwise the events before it have made the same.
      if (runs.length === 0) runs.push({ from: entry.view, events: [] });
      continue;
    }
    if (entry.type === 'engine.started') runs.push({ from: EMPTY_VIEW, events: [] });
    runs.at(-1)?.events.push(entry);
  }
  return runs;
}

function lines(stateDir: string, name: string): string[] {
  try {
    return readFileSync(path.join(stateDir, name), 'utf8').split('\n');
  } catch {
    return [];
  }
}

function parsed(line: string): MsvcEvent | { readonly view: View } | null {
  try {
    const entry = JSON.parse(line) as Partial<MsvcEvent> & { view?: View };
    if (entry.view?.services) return { view: entry.view };
    return typeof entry.seq === 'number' && typeof entry.type === 'string' ? (entry as MsvcEvent) : null;
  } catch {
    return null;
  }
}
