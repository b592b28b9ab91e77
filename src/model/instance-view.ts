/** One instance in the picture of a system, and what each event changes of it. Pure. */
import type { ErrorData, Facts } from './error.ts';
import type { EventOf, MsvcEvent } from './event.ts';
import { type Exit, isAlive, type Phase, type StopReason } from './instance.ts';

export interface InstanceView {
  readonly id: string;
  readonly service: string;
  readonly replica: number;
  readonly generation: number;
  readonly phase: Phase;
  /** Why msvc stops or stopped it since its last launch; null = it did not. */
  readonly stopReason: StopReason | null;
  readonly port: number | null;
  readonly pid: number | null;
  /** Of the current or last launch; wall-clock ms. */
  readonly startedAt: number | null;
  readonly readyAt: number | null;
  readonly restarts: number;
  readonly crashLoop: boolean;
  /** Frozen by somebody else. */
  readonly paused: boolean;
  /** Id of its container; null for a process. */
  readonly container: string | null;
  /** Where a container's port is reached from this machine; null for a process, which has its port on loopback. */
  readonly address: { readonly host: string; readonly port: number } | null;
  /** Last end, whatever the reason. */
  readonly exit: Exit | null;
  readonly tail: readonly string[];
  readonly probeDetail: string | null;
  /** Seen to listen on other ports than its own, as the notice `listens-elsewhere` tells, and not ready since. */
  readonly elsewhere: Facts | null;
  /** Passed over by the gateway until then (wall-clock ms, roughly); null = in balancing. */
  readonly ejectedUntil: number | null;
  readonly error: ErrorData | null;
}

/** Where it answers itself, around the gateway; null: it has no port. */
export function ownUrl({ address, port }: InstanceView): string | null {
  if (address) return `http://${address.host}:${address.port}`;
  return port === null ? null : `http://127.0.0.1:${port}`;
}

export type InstanceEvent = Exclude<
  Extract<MsvcEvent, { instance: unknown; replica: unknown }>,
  EventOf<'instance.removed'>
>;

/** @returns undefined for an event of an instance that is not known */
export function changeInstance(before: InstanceView | undefined, event: InstanceEvent): InstanceView | undefined {
  if (event.type === 'instance.created') {
    return {
      id: event.instance,
      service: event.service,
      replica: event.replica,
      generation: event.generation,
      phase: 'pending',
      stopReason: null,
      port: event.port,
      pid: null,
      startedAt: null,
      readyAt: null,
      restarts: 0,
      crashLoop: false,
      paused: false,
      container: null,
      address: null,
      exit: null,
      tail: [],
      probeDetail: null,
      elsewhere: null,
      ejectedUntil: null,
      error: null,
    };
  }
  if (!before) return undefined;
  switch (event.type) {
    case 'instance.launched':
      return {
        ...before,
        phase: 'starting',
        stopReason: null,
        pid: event.pid,
        container: event.container ?? null,
        address: event.address ?? null,
        paused: false,
        startedAt: event.at,
        readyAt: null,
        restarts: event.launch - 1,
        error: null,
      };
    case 'instance.moved':
      return { ...before, port: event.port };
    case 'instance.ready':
    case 'instance.recovered':
      return {
        ...before,
        phase: 'ready',
        readyAt: event.at,
        crashLoop: false,
        probeDetail: null,
        elsewhere: null,
        ejectedUntil: null,
      };
    case 'instance.paused':
      return { ...before, paused: true };
    case 'instance.resumed':
      return { ...before, paused: false };
    case 'instance.unhealthy':
      return { ...before, phase: 'unhealthy', probeDetail: event.detail };
    case 'instance.probe-failed':
      return { ...before, probeDetail: event.detail };
    case 'instance.exited':
      // What it had started is being ended; only then is decided what becomes of it.
      return {
        ...before,
        exit: event.exit,
        tail: event.tail,
        ...(isAlive(before.phase) ? { phase: 'stopping' } : { pid: null }),
      };
    case 'instance.backing-off':
      return { ...before, phase: 'backing-off', pid: null, crashLoop: event.crashLoop };
    case 'instance.stopping':
      return { ...before, phase: 'stopping', stopReason: event.reason };
    case 'instance.ejected':
      return { ...before, ejectedUntil: event.at + event.forMs };
    case 'instance.returned':
      return { ...before, ejectedUntil: null };
    case 'instance.lingering':
    case 'instance.forced':
      return before;
    case 'instance.stopped':
      return { ...before, phase: 'stopped', pid: null, crashLoop: false };
    case 'instance.completed':
      return { ...before, phase: 'completed', pid: null, crashLoop: false };
    case 'instance.failed':
      return { ...before, phase: 'failed', pid: null, error: event.error };
  }
}
