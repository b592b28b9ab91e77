/** What led to the state a service is in: its last change and the events before it, cause by cause. Pure. */
import type { EventType, MsvcEvent } from '../model/event.ts';

/** Changes that a person would ask "why" about. */
const CHANGES: ReadonlySet<EventType> = new Set([
  'service.blocked',
  'service.waiting',
  'service.stopped',
  'service.scaled',
  'service.held',
  'preparation.failed',
  'rollout.started',
  'rollout.finished',
  'rollout.failed',
  'instance.ready',
  'instance.unhealthy',
  'instance.recovered',
  'instance.exited',
  'instance.backing-off',
  'instance.stopping',
  'instance.stopped',
  'instance.completed',
  'instance.failed',
  'registration.ready',
  'registration.unready',
  'registration.ended',
  'instance.ejected',
  'instance.returned',
]);

/** It says of a service what a failed preparation has just said of it. */
export function isEcho(event: MsvcEvent): boolean {
  return event.type === 'service.blocked' && event.error.code !== 'MSVC_DEPENDENCY_FAILED';
}

/** Changes on the way to a service, which are told beside its own. */
const ON_THE_WAY: ReadonlySet<EventType> = new Set(['breaker.opened', 'breaker.closed', 'fault.added', 'fault.ended']);

/** The last change on the ways to a service that is still in force, or the last one there was. @returns oldest first */
export function wayChain(events: readonly MsvcEvent[], service: string): MsvcEvent[] {
  const last = events.findLast((event) => ON_THE_WAY.has(event.type) && leadsTo(event, service));
  return last ? chainOf(events, last) : [];
}

function leadsTo(event: MsvcEvent, service: string): boolean {
  if (event.type === 'fault.added' || event.type === 'fault.ended') {
    return event.fault.callee === service || event.fault.callee === '*';
  }
  return 'callee' in event && event.callee === service;
}

/**
 * @returns oldest first: the root cause (a command, a saved file, an exit, ...), what followed from it, at last the
 *   change itself, or the launch while there is none, and what msvc has noticed since. Empty when nothing has happened
 *   to the service yet. Causes that are no longer kept are left out.
 */
export function causeChain(events: readonly MsvcEvent[], service: string, replica?: number): MsvcEvent[] {
  const isAbout = (event: MsvcEvent): boolean =>
    'service' in event &&
    event.service === service &&
    (replica === undefined || !('replica' in event) || event.replica === replica);
  const last =
    events.findLast((event) => CHANGES.has(event.type) && isAbout(event) && !isEcho(event)) ??
    events.findLast((event) => event.type === 'instance.launched' && isAbout(event));
  if (!last) return [];
  // What msvc has noticed since is why it goes no further.
  const noticed = events.filter((event) => event.type === 'engine.noticed' && event.seq > last.seq && isAbout(event));
  return [...chainOf(events, last), ...noticed.slice(-1)];
}

function chainOf(events: readonly MsvcEvent[], last: MsvcEvent): MsvcEvent[] {
  const bySeq = new Map(events.map((event) => [event.seq, event]));
  const chain: MsvcEvent[] = [];
  for (
    let at: MsvcEvent | undefined = last;
    at && !chain.includes(at);
    at = at.cause === undefined ? undefined : bySeq.get(at.cause)
  ) {
    chain.unshift(at);
  }
  return chain;
}
