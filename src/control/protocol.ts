/**
 * The control protocol: newline-delimited JSON over the project's Unix socket. One frame a line.
 *
 * A client opens with `hello`; every request has an id of the client's choosing and gets exactly one `result` or
 * `error`, before which a streaming method may send any number of `item`s. Closing the connection cancels what it
 * asked for and ends its lease. The engine never blocks on a slow client: a stream's queue is bounded and overflows
 * into one `stream.gap`.
 */

import type { GatewayStats } from '../gateway/protocol.ts';
import type { ErrorData } from '../model/error.ts';
import type { MsvcEvent, PlanStep } from '../model/event.ts';
import type { Fault } from '../model/fault.ts';
import type { Exit } from '../model/instance.ts';
import type { ServiceName } from '../model/names.ts';
import type { Project } from '../model/project.ts';
import type { View } from '../model/view.ts';
import type { Member, Usage } from '../runtime/drivers/driver.ts';
import type { StreamName } from '../runtime/logs/line-format.ts';
import type { FaultSelector, NewFault } from './faults.ts';
import type { Sample } from './samples.ts';

/** Bumped when a frame's meaning changes. */
export const PROTOCOL_VERSION = 1;

export interface UpParams {
  readonly project: Project;
  /** Of the client; what services inherit. */
  readonly environment: Readonly<Record<string, string>>;
  /** Named services; empty = all that the profiles activate. What they depend on and call comes with them. */
  readonly services: readonly string[];
  readonly profiles: readonly string[];
  readonly scale: Readonly<Record<string, number>>;
  readonly noDeps: boolean;
  readonly dryRun: boolean;
  /** Besides the named or activated ones, whatever their profiles. */
  readonly also?: readonly string[];
  /** Services that are not restarted, whatever the file says. */
  readonly restartOff?: readonly string[];
  /** Hold a lease on the system with this connection. */
  readonly lease: boolean;
  /** Services print colours. */
  readonly colour: boolean;
  /** false: the answer is without a view, which is the larger part of it. */
  readonly view?: false;
}

export interface Planned {
  readonly steps: readonly PlanStep[];
  readonly seq: number;
}

export interface InstanceUsage {
  readonly service: string;
  readonly instance: string;
  readonly usage: Usage | null;
}

export interface EnvironmentEntry {
  readonly name: string;
  /** `***` for secrets. */
  readonly value: string;
  /** `environment`, `msvc`, `env_file`, `inherited` */
  readonly source: string;
}

export interface RegisterParams {
  readonly service: string;
  readonly port: number;
  /** Where it listens; null = on a loopback address of this machine. */
  readonly host: string | null;
  /** Takes its share beside the replicas instead of their place. */
  readonly beside: boolean;
}

/**
 * What comes of an instance that is attached to. The first says what it is, the last how it ended; `data` is base64 of
 * bytes as they came.
 */
export type Heard =
  | { readonly service: string; readonly replica: number; readonly isTerminal: boolean }
  | { readonly stream: StreamName; readonly data: string }
  | { readonly exit: Exit };

export interface OneOffParams {
  readonly service: string;
  /** Null: the service's own. */
  readonly command: readonly string[] | null;
  /** Null: the service's, or its image's. */
  readonly entrypoint: readonly string[] | null;
  /** Beside what the service is given. */
  readonly environment: Readonly<Record<string, string>>;
  /** A folder inside; absent: the service's, or its image's. */
  readonly workingDir?: string;
  readonly tty: boolean;
}

/** Method -> [params, result, item]. */
export interface Methods {
  hello: [
    params: { version: string; protocol: number },
    result: { version: string; protocol: number; pid: number; project: { name: string; dir: string } | null },
    item: never,
  ];
  /**
   * Resolves when the plan has been made and its first steps begun; watch the events for the rest. `seq` is the command's
   * event, `upTo` the last one before the answer.
   */
  up: [params: UpParams, result: Planned & { readonly upTo: number; readonly view: View | null }, item: never];
  /** Resolves when nothing is left. With `services` absent the engine ends after the answer. */
  down: [params: { volumes: boolean; timeoutMs?: number }, result: { seq: number }, item: never];
  /** `services` of the answer: those named, and what they cannot start without. */
  start: [
    params: { services: readonly string[] },
    result: { seq: number; services: readonly ServiceName[] },
    item: never,
  ];
  /** Resolves when they are stopped. */
  stop: [params: { services: readonly string[]; timeoutMs?: number }, result: { seq: number }, item: never];
  /** Rolling, start-first where ports allow. Resolves when every named service is ready again; see `runtime/all-up.ts`. */
  restart: [
    params: { services: readonly string[]; noDeps: boolean; timeoutMs?: number },
    result: { seq: number },
    item: never,
  ];
  /** Resolves when the wanted number is ready and surplus replicas are gone; see `runtime/all-up.ts`. */
  scale: [params: { scale: Readonly<Record<string, number>> }, result: { seq: number }, item: never];
  /** A signal to the groups of services, or of single replicas; none named = of all. */
  kill: [
    params: { targets: readonly { service: string; replica?: number }[]; signal: string },
    result: { seq: number; pids: readonly number[] },
    item: never,
  ];
  /** No restart, no liveness verdict while held. */
  hold: [params: { services: readonly string[]; held: boolean }, result: { seq: number }, item: never];
  /** An instance that msvc did not start, for as long as this connection stays open. What becomes of it is in the events. */
  register: [params: RegisterParams, result: Record<string, never>, item: { readonly seq: number }];
  /**
   * A container of a service's image for one command: made, not started, and removed when this connection ends. The item
   * is its id in the container engine.
   */
  'one-off': [params: OneOffParams, result: Record<string, never>, item: { readonly container: string }];
  /** Makes the force-kill of a running `down` or `stop` happen now. */
  'kill-now': [params: Record<string, never>, result: { pids: readonly number[] }, item: never];
  view: [params: Record<string, never>, result: View, item: never];
  /** `after` = the last seq already known (0: all that is kept); `follow: false` ends at the present. */
  events: [params: { after: number; follow: boolean }, result: Record<string, never>, item: MsvcEvent];
  /** What a service is (or would be) given, with where each value came from. */
  environment: [
    params: { service: string; replica?: number },
    result: { entries: readonly EnvironmentEntry[]; workingDir: string; values: Readonly<Record<string, string>> },
    item: never,
  ];
  members: [
    params: { services: readonly string[] },
    result: readonly { service: string; instance: string; members: readonly Member[] }[],
    item: never,
  ];
  usage: [params: Record<string, never>, result: readonly InstanceUsage[], item: never];
  /** In force when this returns. `*` and `client` as in `FaultTarget`. */
  'fault-add': [params: NewFault, result: Fault, item: never];
  'fault-list': [params: Record<string, never>, result: readonly Fault[], item: never];
  /** Without a selector all of them. @returns what was cleared */
  'fault-clear': [params: FaultSelector, result: readonly Fault[], item: never];
  /** Prometheus text. */
  metrics: [params: Record<string, never>, result: { text: string }, item: never];
  stats: [params: Record<string, never>, result: GatewayStats, item: never];
  /** Once a second until the connection ends; see `Sample`. A peer too slow to take one just misses it. */
  samples: [params: Record<string, never>, result: Record<string, never>, item: Sample];
  /**
   * The output of an instance whose input is open, until it or the connection ends. A peer that is too slow misses some of
   * it. Without `replica` the first that runs.
   */
  attach: [params: { service: string; replica?: number }, result: Record<string, never>, item: Heard];
  /** Base64 of what was typed. Resolves when it takes more. */
  input: [params: { service: string; replica: number; data: string }, result: Record<string, never>, item: never];
  /** The size of the terminal it is looked at in. */
  resize: [
    params: { service: string; replica: number; columns: number; rows: number },
    result: Record<string, never>,
    item: never,
  ];
  /** Takes a lease with this connection, or gives it up (`d`, detach). */
  lease: [params: { hold: boolean }, result: { owners: number }, item: never];
  /** Applies pending migrations now, service stopped or not. */
  migrate: [params: { service: string }, result: { applied: readonly string[] }, item: never];
  /** The definition the engine runs, secrets masked. */
  project: [params: Record<string, never>, result: Project | null, item: never];
}

export type Method = keyof Methods;
export type Params<M extends Method> = Methods[M][0];
export type Result<M extends Method> = Methods[M][1];
export type Item<M extends Method> = Methods[M][2];

export type ClientFrame = { readonly id: number; readonly method: Method; readonly params: unknown };

export type EngineFrame =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: ErrorData }
  | { readonly id: number; readonly item: unknown };

export type { Exit };
