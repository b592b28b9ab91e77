/** What is wanted of a service: replaced whole by each wish. */
import type { RolloutReason } from '../model/event.ts';
import type { StopReason } from '../model/instance.ts';
import type { ServiceSpec } from '../model/project.ts';

export interface Desired {
  readonly enabled: boolean;
  readonly spec: ServiceSpec;
  readonly replicas: number;
  readonly generation: number;
  readonly reason: RolloutReason;
  readonly files: readonly string[];
  readonly cause: number | undefined;
  readonly stopReason: StopReason;
  readonly graceMs: number | undefined;
  readonly waitForDependencies: boolean;
  /** What was prepared for the version before serves this one too. */
  readonly reuse: boolean;
}

/** What is wanted before anybody has asked for anything. */
export function initial(spec: ServiceSpec): Desired {
  return {
    enabled: false,
    spec,
    replicas: spec.replicas,
    generation: 1,
    reason: 'definition',
    files: [],
    cause: undefined,
    stopReason: 'stop',
    graceMs: undefined,
    waitForDependencies: true,
    reuse: false,
  };
}

/** The shorter of two grace periods; undefined when neither was asked for. */
export function least(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);
}
