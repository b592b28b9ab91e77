/** What is selected: the service, and in its view the replica. Pure. */
import type { InstanceView, ServiceView } from '../../../model/view.ts';
import { edgesOf } from './fault-words.ts';
import { ordered } from './order.ts';
import type { Known } from './palette.ts';
import type { State } from './state.ts';

export function names(state: State): readonly string[] {
  return Object.keys(state.view.services);
}

/** What the palette may name. */
export function known(state: State): Known {
  const selected = selectedName(state);
  return { services: names(state), edges: edgesOf(state.view, selected), selected: selected ?? undefined };
}

/** The selected service; the first one while none was chosen, or when it is no longer there. */
export function selectedName(state: State): string | null {
  if (state.selected !== null && state.view.services[state.selected]) return state.selected;
  return ordered(state.view)[0]?.name ?? null;
}

/** Those that matter: of a slot that was replaced the one that came after. */
export function shownInstances(service: ServiceView): readonly InstanceView[] {
  const all = Object.values(service.instances).sort((a, b) => a.replica - b.replica || a.generation - b.generation);
  return all.filter(
    (one) => one.phase !== 'stopped' || !all.some((other) => other !== one && other.replica === one.replica),
  );
}
