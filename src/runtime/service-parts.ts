/** What a service needs of the world around it; the engine and the system give it. Types only. */
import type { NewEvent } from '../model/event.ts';
import type { InstanceId, ServiceName } from '../model/names.ts';
import type { ServiceSpec } from '../model/project.ts';
import type { Registry } from '../registry/registry.ts';
import type { Driver, LaunchRequest, PreparedImage, Running } from './drivers/driver.ts';
import type { Ending } from './ending.ts';
import type { InstanceLog } from './logs/instance-log.ts';
import type { Move } from './ports.ts';

export interface ServiceParts {
  readonly registry: Registry;
  readonly driverOf: (spec: ServiceSpec) => Driver;
  readonly emit: (event: NewEvent) => number;
  readonly openLog: (spec: ServiceSpec, replica: number) => InstanceLog;
  /** @param image of a container, as prepared */
  readonly claimPort: (spec: ServiceSpec, replica: number, image: PreparedImage | null) => Promise<number | null>;
  /** @returns a port in place of an automatic one that somebody else has taken; null: the instance keeps what it has */
  readonly movePort: (spec: ServiceSpec, port: number) => Promise<Move | null>;
  /** Of an instance that is gone. @param port where it listened */
  readonly releasePorts: (spec: ServiceSpec, port: number | null) => void;
  readonly launchRequest: (
    spec: ServiceSpec,
    at: { instance: InstanceId; replica: number; port: number | null; image: PreparedImage | null },
    log: InstanceLog,
  ) => LaunchRequest;
  readonly drain: (instance: InstanceId, timeoutMs: number) => Promise<void>;
  /** Image, migrations, seed, hooks for all replicas; what needs none of them is answered at once. @throws MsvcError */
  readonly prepare: (spec: ServiceSpec, cause: number | undefined, ending: Ending) => Promise<Prepared> | Prepared;
  readonly statusOf: (service: ServiceName) => DependencyStatus;
  /** Calls back whenever anything about any service may have changed; returns the way out. */
  readonly onAnyChange: (listener: () => void) => () => void;
  readonly changed: () => void;
  readonly onSlowStart: (spec: ServiceSpec, instance: SlowStarter) => void;
}

/** What a version of a service needs, once it is there. */
export interface Prepared {
  /** Of a container: what its instances run, whatever is built later. */
  readonly image: PreparedImage | null;
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
  /** The event of its failure. */
  readonly because?: number | undefined;
}
