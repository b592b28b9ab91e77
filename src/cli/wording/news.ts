/**
 * What of the events `msvc up` tells while it is attached: what a person would want to see go by, and no more. An end
 * and what follows from it are one line. Pure.
 */
import type { MsvcEvent } from '../../model/event.ts';
import type { StopReason } from '../../model/instance.ts';
import type { InstanceView, View } from '../../model/view.ts';
import { isEcho } from '../cause.ts';
import { eventSaying } from './events.ts';
import { exitWords } from './exits.ts';
import { type Saying, saying } from './saying.ts';

/** Told by other means, or by the event that follows. */
const SILENT: ReadonlySet<MsvcEvent['type']> = new Set([
  'engine.started',
  'engine.stopped',
  'command.received',
  'project.applied',
  'service.defined',
  'service.waiting',
  'service.started',
  'instance.created',
  'instance.launched',
  'instance.probe-failed',
  'instance.exited',
  'instance.stopping',
  'instance.removed',
  'gateway.listening',
  'edge.listening',
  'edge.closed',
  'route.changed',
  'watch.changed',
  'lease.taken',
  'lease.ended',
]);

/** Stops that another event tells of: a new version or what came of it, a restart. */
const UNSAID: ReadonlySet<StopReason> = new Set(['replaced', 'withdrawn', 'restart', 'unhealthy']);

/** Why msvc ended it, where that is not asked for: how it then ended says nothing. */
const BECAUSE: Readonly<Record<string, string>> = {
  'start-timeout': 'not ready within its start_period',
  unhealthy: 'was unhealthy',
};

/** @param view with the event folded in. @returns null when it is not worth a line */
export function newsOf(event: MsvcEvent, view: View): Saying | null {
  if (SILENT.has(event.type) || isEcho(event)) return null;
  const said = eventSaying(event);
  switch (event.type) {
    case 'instance.backing-off':
    case 'instance.failed': {
      const instance = view.services[event.service]?.instances[event.instance];
      if (!instance?.exit) return said;
      // The same words again and again would hide everything else.
      const details = event.type === 'instance.failed' || event.attempt === 1 ? instance.tail : [];
      return { ...said, text: withExit(instance, said.text), details };
    }
    case 'instance.stopped':
      return UNSAID.has(event.reason) ? null : said;
    case 'service.stopped':
      // That it is gone is told next.
      return view.stopping || event.reason === 'removed' ? null : said;
    case 'rollout.failed': {
      const tail = Object.values(view.services[event.service]?.instances ?? {}).find(
        (instance) => instance.generation === event.generation,
      )?.tail;
      return { ...said, details: tail ?? [] };
    }
    case 'stream.gap':
      return saying('msvc', said.text, 'warn');
    default:
      return said;
  }
}

function withExit(instance: InstanceView, text: string): string {
  const because = BECAUSE[instance.stopReason ?? ''];
  if (because !== undefined) return text.includes(because) ? text : `${because}, ${text}`;
  const words = instance.exit ? exitWords(instance.exit) : '';
  if (words === '' || text.includes(words)) return text;
  return text.startsWith('failed') ? text : `${words}, ${text}`;
}
