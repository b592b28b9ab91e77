/**
 * Everything that happens, as one closed union of facts. No sentence is made here: wording belongs to `src/cli`.
 *
 * `seq` grows by one, `at` is wall-clock milliseconds since the epoch (for display only: nothing is computed from
 * it), `cause` is the `seq` of the event that led to this one. Names are `subject.past-participle`.
 * A reader that falls behind gets `stream.gap` and re-reads the view.
 */
import type { ErrorData, Facts } from './error.ts';
import type { Fault, FaultEnd } from './fault.ts';
import type { Exit, StopReason } from './instance.ts';
import type { InstanceId, ServiceName } from './names.ts';
import type { BalancerKind } from './policy.ts';
import type { Condition } from './project.ts';
import type { Route } from './route.ts';

/** What a person asked for, as the root cause of what followed. */
export type Command =
  | 'up'
  | 'down'
  | 'start'
  | 'stop'
  | 'restart'
  | 'scale'
  | 'kill'
  | 'run'
  | 'migrate'
  | 'fault'
  | 'register';

interface OfService {
  readonly service: ServiceName;
}

interface OfInstance extends OfService {
  readonly instance: InstanceId;
  readonly replica: number;
}

interface OfRegistration extends OfService {
  readonly id: string;
}

interface OfEdge {
  readonly caller: string;
  readonly callee: ServiceName;
  /** A route with a breaker of its own, as `GET /path`; absent for the edge as a whole. */
  readonly route?: string;
}

export interface EventFacts {
  'engine.started': {
    readonly pid: number;
    readonly version: string;
    readonly run: string;
    readonly swept: readonly number[];
  };
  'engine.stopping': { readonly reason: 'down' | 'lease-ended' | 'signal' | 'failure' };
  'engine.stopped': { readonly tookMs: number };
  'engine.noticed': { readonly code: NoticeCode; readonly service?: ServiceName; readonly facts: Facts };
  'command.received': { readonly command: Command; readonly services: readonly ServiceName[]; readonly facts: Facts };
  'project.applied': { readonly name: string; readonly dir: string; readonly steps: readonly PlanStep[] };

  'service.defined': OfService & ServiceDefinitionFacts;
  'service.removed': OfService;
  'service.scaled': OfService & { readonly from: number; readonly to: number };
  'service.waiting': OfService & {
    readonly on: readonly { readonly service: ServiceName; readonly condition: Condition }[];
  };
  'service.blocked': OfService & { readonly error: ErrorData };
  'service.started': OfService;
  'service.stopped': OfService & { readonly reason?: StopReason };
  'service.held': OfService & { readonly held: boolean };

  /** `replica`: of a command that runs before each. */
  'hook.started': OfService & { readonly command: string; readonly index: number; readonly replica?: number };
  'hook.exited': OfService & {
    readonly command: string;
    readonly index: number;
    readonly replica?: number;
    readonly exit: Exit;
    readonly tookMs: number;
  };
  'migration.applied': OfService & { readonly file: string; readonly tookMs: number };
  'seed.applied': OfService & { readonly file: string; readonly tookMs: number };
  'image.pulling': OfService & { readonly image: string; readonly progress: PullProgress };
  'image.pulled': OfService & { readonly image: string; readonly tookMs: number };
  'image.building': OfService & { readonly image: string; readonly context: string };
  'image.built': OfService & { readonly image: string; readonly tookMs: number };
  /** Watched files were copied into the running containers. */
  'files.synced': OfService & {
    readonly files: readonly string[];
    readonly count: number;
    readonly containers: number;
  };
  'preparation.failed': OfService & { readonly error: ErrorData };

  'rollout.started': OfService & {
    readonly generation: number;
    readonly reason: RolloutReason;
    readonly files: readonly string[];
  };
  'rollout.finished': OfService & { readonly generation: number; readonly tookMs: number };
  /** The previous generation keeps serving where it was serving. */
  'rollout.failed': OfService & { readonly generation: number; readonly error: ErrorData; readonly serving: boolean };

  'instance.created': OfInstance & { readonly generation: number; readonly port: number | null };
  /** `container`: id of the container, where it is one; `address`: where its port is reached from this machine. */
  'instance.launched': OfInstance & {
    readonly pid: number;
    readonly launch: number;
    readonly container?: string;
    readonly address?: { readonly host: string; readonly port: number };
  };
  /** Somebody else has taken its automatic port between two launches: the next one has another. Null: cannot be seen. */
  'instance.moved': OfInstance & {
    readonly from: number;
    readonly port: number;
    readonly pid: number | null;
    readonly command: string | null;
  };
  'instance.ready': OfInstance & { readonly tookMs: number };
  'instance.unhealthy': OfInstance & { readonly failures: number; readonly probe: string; readonly detail: string };
  'instance.recovered': OfInstance;
  /** Frozen by somebody else (`docker pause`): it takes no requests until it goes on. */
  'instance.paused': OfInstance;
  'instance.resumed': OfInstance;
  'instance.probe-failed': OfInstance & { readonly probe: string; readonly detail: string };
  'instance.exited': OfInstance & {
    readonly exit: Exit;
    /** It was asked to. */
    readonly expected: boolean;
    /** Its last lines of output, at most 20; empty when expected. */
    readonly tail: readonly string[];
  };
  'instance.backing-off': OfInstance & {
    readonly delayMs: number;
    readonly attempt: number;
    readonly crashLoop: boolean;
  };
  'instance.stopping': OfInstance & { readonly reason: StopReason; readonly graceMs: number };
  /** Said once a second while a stop takes long. */
  'instance.lingering': OfInstance & {
    readonly remainingMs: number;
    readonly members: readonly { readonly pid: number; readonly command: string }[];
  };
  'instance.forced': OfInstance & { readonly pids: readonly number[] };
  'instance.stopped': OfInstance & { readonly reason: StopReason };
  'instance.completed': OfInstance;
  'instance.failed': OfInstance & { readonly error: ErrorData };
  'instance.removed': OfInstance;
  /** The gateway passes it over for `forMs`: it failed `failures` requests in a row. */
  'instance.ejected': OfInstance & { readonly failures: number; readonly forMs: number };
  'instance.returned': OfInstance & { readonly reason: 'time' | 'ready' | 'too-few' };

  /** An instance that msvc did not start; `id` is what it is called. While it is ready and `replaces`, replicas stand by. */
  'registration.added': OfRegistration & {
    readonly host: string;
    readonly port: number;
    readonly by: 'command' | 'consul';
    readonly replaces: boolean;
  };
  'registration.ready': OfRegistration & { readonly host: string };
  'registration.unready': OfRegistration & { readonly detail: string };
  'registration.ended': OfRegistration & {
    readonly reason: 'deregistered' | 'connection-closed' | 'expired' | 'replaced';
  };
  /** The engine that runs the containers cannot be reached; asked for again and again. */
  'containers.lost': { readonly engine: string; readonly message: string };
  'containers.restored': { readonly engine: string; readonly afterMs: number };

  'gateway.listening': { readonly host: string; readonly port: number; readonly url: string };
  'gateway.lost': { readonly message: string };
  /** `tokenFile` holds the token that clients must show; null: a secret of the definition is the token. */
  'registry.listening': { readonly port: number; readonly url: string; readonly tokenFile: string | null };
  'registry.closed': { readonly port: number };
  'edge.listening': { readonly caller: ServiceName; readonly callee: ServiceName; readonly port: number };
  'edge.closed': { readonly caller: ServiceName; readonly callee: ServiceName };
  /** `caller` is `client` for the public port. `failures` of `requests` in the window; after a failed trial `again`. */
  'breaker.opened': OfEdge & {
    readonly failures: number;
    readonly requests: number;
    readonly openMs: number;
    readonly again: boolean;
  };
  'breaker.closed': OfEdge & { readonly reason: 'trial' | 'ready' | 'definition' };
  'fault.added': { readonly fault: Fault };
  'fault.ended': { readonly fault: Fault; readonly reason: FaultEnd };
  'route.changed': { readonly routes: readonly Route[] };
  'watch.changed': OfService & { readonly files: readonly string[]; readonly count: number };
  'lease.taken': { readonly owners: number };
  'lease.ended': { readonly owners: number; readonly reason: 'released' | 'connection-closed' };

  /** Sent to one reader only, never stored: it was too slow and must re-read the view. */
  'stream.gap': { readonly missed: number };
}

export type EventType = keyof EventFacts;

export type MsvcEvent = {
  [T in EventType]: Readonly<{ seq: number; at: number; type: T; cause?: number }> & EventFacts[T];
}[EventType];

export type EventOf<T extends EventType> = Extract<MsvcEvent, { type: T }>;

/** An event before the log has numbered it. */
export type NewEvent = {
  [T in EventType]: Readonly<{ type: T; cause?: number | undefined }> & EventFacts[T];
}[EventType];

/** Layers are the parts an image comes in; bytes are known of those whose download has begun. */
export interface PullProgress {
  readonly layers: number;
  readonly layersDone: number;
  readonly bytes: number;
  readonly bytesTotal: number;
}

/** `retry`: the one before failed, and `up` has come again. */
export type RolloutReason = 'definition' | 'watch' | 'restart' | 'dependency' | 'retry';

/** Things worth telling a person that change no state. */
export type NoticeCode =
  | 'stale-socket-cleaned'
  | 'leftovers-swept'
  | 'gateway-port-moved'
  | 'listens-elsewhere'
  | 'guardian-replaced'
  | 'left-group'
  | 'log-write-failed'
  | 'state-write-failed'
  | 'watch-failed'
  | 'sync-failed'
  | 'dependency-ignored'
  | 'containers-swept'
  | 'containers-left'
  | 'containers-stuck'
  | 'folder-created'
  | 'config-rejected';

export interface PlanStep {
  /** `restart`: it goes with services that are replaced (`depends_on: { x: { restart: true } }`), once they are up. */
  readonly action: 'start' | 'stop' | 'remove' | 'rollout' | 'restart' | 'scale' | 'update' | 'keep';
  readonly service: ServiceName;
  /** What changed, as keys of the service's definition; for scale `replicas`. */
  readonly changed: readonly string[];
  readonly from?: number;
  readonly to?: number;
  /** Of `rollout`: the last one failed, and is tried again. */
  readonly again?: true;
  /** Of `restart`: what it waits for. */
  readonly after?: readonly ServiceName[];
}

/** What pictures of a service need to know of its definition. */
export interface ServiceDefinitionFacts {
  readonly kind: 'process' | 'container';
  readonly wanted: number;
  readonly port: number | 'auto' | null;
  readonly calls: readonly ServiceName[];
  readonly dependsOn: readonly ServiceName[];
  readonly routes: readonly Route[];
  readonly database: string | null;
  readonly probe: string;
  readonly oneShot: boolean;
  readonly balancer: BalancerKind;
}
