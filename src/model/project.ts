/**
 * The definition of a system: what msvc.yaml says once it is read, merged, interpolated and checked.
 * Written by `config` alone, deep-frozen, replaced whole. Plain JSON: it travels over the control socket.
 *
 * Every default has been applied: no later reader decides one. Paths are absolute. Units are in the names.
 */
import type { AccessLogSpec } from './access-log.ts';
import type { AuthSpec } from './auth.ts';
import type { Command } from './command.ts';
import type { ServiceName } from './names.ts';
import type { Place } from './place.ts';
import type { BalancerKind, PolicyWords } from './policy.ts';
import type { Protocol, Route } from './route.ts';
import type { RunSpec } from './run.ts';
import type { SmokeSpec } from './smoke.ts';
import type { Template } from './template.ts';

export type { Command } from './command.ts';

export interface Project {
  readonly name: string;
  /** Real path of the folder of the first file; with `name` it is the project's identity. */
  readonly dir: string;
  /** Every file that was read for it (includes, overrides, env files), absolute. */
  readonly files: readonly string[];
  /** Where msvc keeps this project's data, logs and state: `<dir>/.msvc`, or `<dir>/.msvc/projects/<name>` under `-p`. */
  readonly stateDir: string;
  readonly gateway: GatewaySpec;
  readonly registry: RegistrySpec;
  /** In the file's order. */
  readonly services: Readonly<Record<string, ServiceSpec>>;
  /** Named volumes of the engine for containers, by their key. */
  readonly volumes: Readonly<Record<string, VolumeSpec>>;
  /** Values never to be shown. */
  readonly secrets: Readonly<Record<string, SecretValue>>;
  /** Absent: the file has no checks. */
  readonly smoke?: SmokeSpec;
}

export interface GatewaySpec {
  /** `auto`: the preferred port (8080) if free, else the next free one. */
  readonly port:
    | { readonly kind: 'auto'; readonly preferred: number }
    | { readonly kind: 'fixed'; readonly number: number };
  readonly host: string;
  readonly balancer: BalancerKind;
  /** Absent = none. */
  readonly accessLog?: AccessLogSpec;
  /** Answers of services say where the time went. */
  readonly serverTiming?: true;
  readonly auth?: AuthSpec;
  readonly place?: Place;
}

export interface RegistrySpec {
  /** Absent: the registry has no HTTP face. */
  readonly http?: {
    /** On 127.0.0.1. */
    readonly port: number;
    /** Name of the top-level secret that holds the token; absent = msvc makes one. */
    readonly token?: string;
    readonly place: Place;
  };
}

export interface VolumeSpec {
  /** As the engine knows it. */
  readonly name: string;
  /** Made by somebody else: never created, never removed. */
  readonly external: boolean;
}

export interface SecretValue {
  readonly name: string;
  readonly source: 'file' | 'environment';
  /** The file (absolute) or the variable. */
  readonly from?: string;
  /** To the last newline what the file or variable has. */
  readonly value: string;
  /** It is no UTF-8 text: `value` holds its bytes in base64. */
  readonly encoding?: 'base64';
}

export type PortSpec =
  /** A free port of this machine; in a container the port that the image exposes, or 8080. */
  { readonly kind: 'auto' } | { readonly kind: 'fixed'; readonly number: number } | { readonly kind: 'none' };

export type Condition = 'service_started' | 'service_healthy' | 'service_completed_successfully';

export interface Dependency {
  readonly service: ServiceName;
  readonly condition: Condition;
  /** false: its absence or failure is only a warning. */
  readonly required: boolean;
  /** true: this service is restarted when msvc restarts or replaces the dependency. */
  readonly restart: boolean;
}

export type ProbeSpec =
  | { readonly kind: 'none' }
  | { readonly kind: 'tcp'; readonly port?: number }
  | {
      readonly kind: 'http';
      readonly path: string;
      readonly port?: number;
      readonly headers: Readonly<Record<string, string>>;
      /** Statuses that count as healthy; default 200-399. */
      readonly status: { readonly from: number; readonly to: number };
    }
  | { readonly kind: 'exec'; readonly command: Command }
  | { readonly kind: 'log'; readonly pattern: string }
  /** The image's own HEALTHCHECK; without one, as if nothing were written. Containers only. */
  | {
      readonly kind: 'image';
      /** Which of `interval`, `timeout`, ... were written: of the others the image's own count. */
      readonly written: readonly string[];
    };

export interface Healthcheck {
  readonly probe: ProbeSpec;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly retries: number;
  /** How long failures do not count after a launch; a launch that never becomes ready fails after it. */
  readonly startPeriodMs: number;
  /** The longest pause between probes until first ready. */
  readonly startIntervalMs: number;
}

export interface RestartSpec {
  readonly policy: 'no' | 'always' | 'on-failure' | 'unless-stopped';
  /** `on-failure:3`; absent = no limit. */
  readonly maxAttempts?: number;
}

export interface Hook {
  readonly command: Command;
  /** Absent in a container: the image's. */
  readonly workingDir?: string;
  readonly environment: Readonly<Record<string, Template>>;
  /** false (default): once per definition, before its first replica. */
  readonly perReplica: boolean;
}

export interface WatchRule {
  /** Absolute file or folder. */
  readonly path: string;
  /** `sync` and `sync+restart` copy into containers; `target` is where to. */
  readonly action: 'restart' | 'rebuild' | 'sync' | 'sync+restart';
  readonly target?: string;
  /** Everything is copied once when the system starts. */
  readonly initialSync?: boolean;
  /** Globs relative to `path`, .dockerignore syntax. */
  readonly ignore: readonly string[];
  readonly include: readonly string[];
}

export interface DatabaseSpec {
  /** `<stateDir>/data/<service>/<service>.db` */
  readonly path: string;
  /** Folder of ordered .sql files. */
  readonly migrations?: string;
  /** .sql file, run once after the first migration of a new database. */
  readonly seed?: string;
}

export interface ServiceSpec {
  readonly name: ServiceName;
  readonly run: RunSpec;
  /** `environment`, in order. */
  readonly environment: Readonly<Record<string, Template>>;
  /** What the env files gave, merged, already interpolated; weaker than `environment` and than what msvc provides. */
  readonly envFile: Readonly<Record<string, string>>;
  /** The env files that were read, absolute, later ones stronger. */
  readonly envFiles?: readonly { readonly path: string; readonly raw: boolean }[];
  readonly port: PortSpec;
  /** What it speaks there; absent = HTTP/1.1. */
  readonly protocol?: Exclude<Protocol, 'http'>;
  /** Where the gateway takes connections to it from outside; only of `tcp`. */
  readonly publicPort?: number;
  readonly replicas: number;
  readonly calls: readonly ServiceName[];
  /** What is said of single edges, by callee. */
  readonly callPolicies?: Readonly<Record<string, PolicyWords>>;
  /** What is said of requests to it, whoever makes them. */
  readonly traffic?: PolicyWords;
  readonly dependsOn: readonly Dependency[];
  readonly healthcheck: Healthcheck;
  readonly preStart: readonly Hook[];
  readonly restart: RestartSpec;
  /** Absent in a container: the image's STOPSIGNAL. */
  readonly stopSignal?: string;
  readonly stopGraceMs: number;
  readonly routes: readonly Route[];
  readonly database?: DatabaseSpec;
  readonly watch: readonly WatchRule[];
  readonly logging: { readonly maxSizeBytes: number; readonly maxFiles: number };
  readonly profiles: readonly string[];
  /** Top-level secrets granted to it. */
  readonly secrets: readonly SecretGrant[];
  /** Positions of what a later error may have to point at: `service`, `command`, `port`, `replicas`, `working_dir`, ... */
  readonly places: Readonly<Record<string, Place>>;
}

export interface SecretGrant {
  /** Name of the top-level secret. */
  readonly source: string;
  /** What the service calls it. */
  readonly target: string;
  /** How often its value has changed since the engine began, which a definition alone cannot tell; absent = never. */
  readonly changes?: number;
}

/** A job that is expected to end: exit 0 is `completed`. */
export function isOneShot(spec: ServiceSpec): boolean {
  return spec.restart.policy === 'no' && spec.port.kind === 'none';
}
