/** The words and colours for how services and instances are. Colour only repeats what the word says. Pure. */
import type { Phase, ServiceState } from '../../model/instance.ts';
import type { InstanceView, ServiceView } from '../../model/view.ts';
import { serviceState } from '../../model/view.ts';
import type { Colour } from '../style.ts';
import { exitWords } from './exits.ts';
import { workText } from './images.ts';

export type InstanceState = Phase | 'crash-loop';

/** All of them, instances' and services'. */
export const STATES: readonly string[] = Object.keys({
  pending: true,
  preparing: true,
  starting: true,
  ready: true,
  degraded: true,
  reloading: true,
  failing: true,
  unhealthy: true,
  'backing-off': true,
  'crash-loop': true,
  stopping: true,
  stopped: true,
  completed: true,
  failed: true,
} satisfies Record<InstanceState | ServiceState, true>);

/** `crash-loop` from the fifth quick failure until it is ready again, whatever it is trying just now. */
export function instanceState(instance: InstanceView): InstanceState {
  const trying = instance.phase === 'backing-off' || instance.phase === 'starting' || instance.phase === 'pending';
  return instance.crashLoop && trying ? 'crash-loop' : instance.phase;
}

export function stateColour(state: InstanceState | ServiceState): Colour | undefined {
  switch (state) {
    case 'ready':
    case 'completed':
      return 'green';
    case 'failed':
    case 'crash-loop':
    case 'unhealthy':
    case 'failing':
      return 'red';
    case 'pending':
    case 'stopped':
      return 'dim';
    default:
      return 'yellow';
  }
}

/** What a table cell says of an instance: its state, and what a person must know with it. */
export function stateCell(instance: InstanceView | null, service: ServiceView, now: number): string {
  if (!instance && service.image) return `${serviceState(service)} (${workText(service.image, now)})`;
  if (!instance) return waiting(serviceState(service), service);
  const state = instanceState(instance);
  if (service.held) return `${state} (held)`;
  if (state === 'ready') return serviceState(service) === 'failing' ? 'failing (serving previous)' : state;
  const ended = state === 'failed' || state === 'backing-off' || state === 'crash-loop';
  // The signal that it was ended by is msvc's own then.
  const isOwnEnd = instance.stopReason !== 'start-timeout' && instance.stopReason !== 'unhealthy';
  return ended && instance.exit && isOwnEnd ? `${state} (${exitWords(instance.exit)})` : waiting(state, service);
}

function waiting(state: string, service: ServiceView): string {
  if (state !== 'pending' || service.waitingOn.length === 0) return state;
  return `pending (waits for ${service.waitingOn.map((w) => w.service).join(', ')})`;
}
