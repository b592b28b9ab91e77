/** Makes the event that an announcing effect of the lifecycle stands for, from the facts the supervisor holds. Pure. */
import type { Exit } from '../model/instance.ts';
import type { ServiceName } from '../model/names.ts';
import type { Running } from './drivers/driver.ts';
import { endedError } from './ended-error.ts';
import type { Effect } from './lifecycle.ts';

export type Announcement = Extract<Effect, { type: `announce-${string}` }>;

export interface Known {
  readonly service: ServiceName;
  readonly replica: number;
  readonly launch: number;
  readonly running: Pick<Running, 'container' | 'reach'> | null;
  readonly port: number | null;
  readonly probe: string;
  readonly graceMs: number;
  /** Since its launch. */
  readonly tookMs: number;
  readonly lastExit: Exit;
  readonly tail: () => readonly string[];
}

export function isAnnouncement(effect: Effect): effect is Announcement {
  return effect.type.startsWith('announce-');
}

export function announcement(effect: Announcement, known: Known): Record<string, unknown> & { type: string } {
  switch (effect.type) {
    case 'announce-launched': {
      return { type: 'instance.launched', pid: effect.pid, launch: known.launch, ...containerFacts(known) };
    }
    case 'announce-ready':
      return { type: 'instance.ready', tookMs: known.tookMs };
    case 'announce-recovered':
      return { type: 'instance.recovered' };
    case 'announce-unhealthy': {
      const { consecutive: failures, detail } = effect;
      return { type: 'instance.unhealthy', failures, probe: known.probe, detail };
    }
    case 'announce-probe-failed':
      return { type: 'instance.probe-failed', probe: known.probe, detail: effect.detail };
    case 'announce-exited': {
      const { exit, expected } = effect;
      return { type: 'instance.exited', exit, expected, tail: expected ? [] : known.tail() };
    }
    case 'announce-stopping':
      return { type: 'instance.stopping', reason: effect.reason, graceMs: known.graceMs };
    case 'announce-stopped':
      return { type: 'instance.stopped', reason: effect.reason };
    case 'announce-completed':
      return { type: 'instance.completed' };
    case 'announce-failed':
      return {
        type: 'instance.failed',
        error: effect.error ?? endedError(known.service, known.replica, known.lastExit, effect.because),
      };
  }
}

function containerFacts({ running, port }: Known): Record<string, unknown> {
  if (running?.container === undefined) return {};
  const { container, reach } = running;
  const [host] = reach.hosts;
  const address = port !== null && host !== undefined && { address: { host, port: reach.portOf(port) } };
  return { container, ...address };
}
