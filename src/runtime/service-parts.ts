/** What a service needs of the world around it; the engine and the system give it. Types only. */
import type { NewEvent } from '../model/event.ts';
import type { InstanceId, ServiceName } from '../model/names.ts';
import type { ServiceSpec } from '../model/project.ts';
import type { Registry } from '../registry/registry.ts';
import type { Driver, LaunchRequest, Running } from './drivers/driver.ts';
import type { InstanceLog } from './logs/instance-log.ts';

export interface ServiceParts {
  readonly registry: Registry;
  readonly driver: Driver;
  readonly emit: (event: NewEvent) => number;
  readonly openLog: (spec: ServiceSpec, replica: number) => InstanceLog;
  readonly claimPort: (spec: ServiceSpec, replica: number) => Promise<number | null>;
  readonly releasePort: (spec: ServiceSpec, port: number) => void;
  readonly launchRequest: (
    spec: ServiceSpec,
    at: { instance: InstanceId; replica: number; port: number | null },
    log: InstanceLog,
  ) => LaunchRequest;
  readonly drain: (instance: InstanceId, timeoutMs: number) => Promise<void>;
  /** Hooks, migrations, seed. @throws MsvcError */
  readonly prepare: (spec: ServiceSpec, cause: number | undefined, signal: AbortSignal) => Promise<void>;
  readonly statusOf: (service: ServiceName) => DependencyStatus;
  /** Calls back whenever anything about any service may have changed; returns the way out. */
  readonly onAnyChange: (listener: () => void) => () => void;
  readonly changed: () => void;
  readonly onSlowStart: (spec: ServiceSpec, instance: SlowStarter) => void;
}

/** An instance that has not become ready for a while. */
export interface SlowStarter {
  readonly replica: number;
  readonly port: number | null;
  readonly running: Running | null;
}

export interface DependencyStatus {
  /** Part of this run. */
  readonly present: boolean;
  readonly started: boolean;
  readonly healthy: boolean;
  readonly completed: boolean;
  /** It cannot come any more by itself. */
  readonly failed: boolean;
}
