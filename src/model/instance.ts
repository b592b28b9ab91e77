/**
 * What an instance (one occupant of a replica slot) can be. The lifecycle in `runtime/lifecycle.ts` decides the
 * transitions; everything else only reads these words.
 */
export const PHASES = [
  /** Defined; waits for dependencies, hooks or migrations of its service. */
  'pending',
  /** Launched; its probe has not passed yet. */
  'starting',
  /** Its probe passes; in balancing. */
  'ready',
  /** Its probe failed `retries` times in a row; out of balancing, about to be restarted. */
  'unhealthy',
  /** Asked to stop; the group is not empty yet. */
  'stopping',
  /** Ended by itself; waits out the delay of its restart policy. */
  'backing-off',
  /** Ended on request. */
  'stopped',
  /** A job that exited 0. */
  'completed',
  /** Ended, and its policy does not restart it; or it could not be launched. */
  'failed',
] as const;

export type Phase = (typeof PHASES)[number];

/** Phases in which a process exists (or its group is not empty yet). */
export function isAlive(phase: Phase): boolean {
  return phase === 'starting' || phase === 'ready' || phase === 'unhealthy' || phase === 'stopping';
}

/** No process exists and none will come by itself. */
export function isAtRest(phase: Phase): boolean {
  return phase === 'pending' || phase === 'stopped' || phase === 'completed' || phase === 'failed';
}

/** How a process ended. Exactly one of the first two is not null. */
export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
  /** It, or a part of it, was killed for want of memory: by its own limit, or (null) since the machine had none left. */
  readonly outOfMemory?: { readonly limitBytes: number | null };
}

/** Why an instance is being stopped. */
export type StopReason =
  | 'down'
  | 'stop'
  | 'scale'
  | 'replaced'
  | 'withdrawn'
  | 'unhealthy'
  | 'start-timeout'
  | 'restart'
  | 'kill'
  | 'removed';

/** Why msvc ends what would have run on; its restart policy decides what follows. */
export type EndReason = Extract<StopReason, 'start-timeout' | 'unhealthy'>;

/** What a service as a whole is, folded from its instances; one word for a table cell. */
export type ServiceState =
  | 'pending'
  | 'preparing'
  | 'starting'
  | 'ready'
  | 'degraded'
  | 'reloading'
  | 'failing'
  | 'unhealthy'
  | 'backing-off'
  | 'crash-loop'
  | 'stopping'
  | 'stopped'
  | 'completed'
  | 'failed';
