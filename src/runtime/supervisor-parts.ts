/** What a supervisor needs of the world around its instance. Types only. */
import type { NewEvent } from '../model/event.ts';
import type { InstanceId, ServiceName } from '../model/names.ts';
import type { ServiceSpec } from '../model/project.ts';
import type { Registry } from '../registry/registry.ts';
import type { Driver, LaunchRequest } from './drivers/driver.ts';
import type { InstanceLog } from './logs/instance-log.ts';
import type { Move } from './ports.ts';
import type { SlowStarter } from './service-parts.ts';

export interface SupervisorParts {
  readonly id: InstanceId;
  readonly service: ServiceName;
  readonly replica: number;
  readonly generation: number;
  readonly port: number | null;
  readonly driver: Driver;
  readonly log: InstanceLog;
  readonly registry: Registry;
  /** The definition in force; read anew whenever it is used. */
  readonly spec: () => ServiceSpec;
  readonly held: () => boolean;
  /** Before another launch: a port in place of one that somebody else has taken; null: it keeps what it has. */
  readonly movePort: (port: number) => Promise<Move | null>;
  readonly launchRequest: (log: InstanceLog, port: number | null) => LaunchRequest;
  readonly drain: (instance: InstanceId, timeoutMs: number) => Promise<void>;
  readonly emit: (event: NewEvent) => number;
  /** After each transition. */
  readonly onChange: () => void;
  /** Listens on none of its expected addresses, but elsewhere. */
  readonly onSlowStart?: (instance: SlowStarter) => void;
}
