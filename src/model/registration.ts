/** Instances that msvc did not start, as the view has them, folded from their events. Pure. */
import type { EventOf } from './event.ts';

export interface RegistrationView {
  /** What it is called: `payments@5005`. */
  readonly id: string;
  readonly host: string;
  readonly port: number;
  readonly by: 'command' | 'consul';
  /** While it is ready, replicas stand by. */
  readonly replaces: boolean;
  readonly ready: boolean;
  /** Why it is not ready. */
  readonly detail: string | null;
  readonly since: number;
}

type RegistrationsView = Readonly<Record<string, RegistrationView>>;
type RegistrationEvent = EventOf<
  'registration.added' | 'registration.ready' | 'registration.unready' | 'registration.ended'
>;

export function changeRegistrations(before: RegistrationsView, event: RegistrationEvent): RegistrationsView {
  const { id } = event;
  const known = before[id];
  if (event.type === 'registration.added') {
    const { host, port, by, replaces, at: since } = event;
    return { ...before, [id]: { id, host, port, by, replaces, ready: false, detail: null, since } };
  }
  if (!known) return before;
  if (event.type === 'registration.ready') {
    return { ...before, [id]: { ...known, host: event.host, ready: true, detail: null } };
  }
  if (event.type === 'registration.unready')
    return { ...before, [id]: { ...known, ready: false, detail: event.detail } };
  const { [id]: _gone, ...rest } = before;
  return rest;
}

/** The one that takes the requests of the service's replicas now; null = they take them. */
export function replacedBy(registrations: RegistrationsView): RegistrationView | null {
  return Object.values(registrations).find(({ replaces, ready }) => replaces && ready) ?? null;
}
