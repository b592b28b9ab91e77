/**
 * What runs a service: a program of this machine, or a container. The one place where the two differ in a definition;
 * everything else a service has (edges, probes, replicas, database, logs) is the same for both. Types, and what
 * follows from them; plain JSON.
 */
import type { Command } from './command.ts';
import type { Template } from './template.ts';

export type RunSpec = ProcessRun | ContainerRun;

export interface ProcessRun {
  readonly kind: 'process';
  readonly command: Command;
  readonly workingDir: string;
  /** It has a terminal, not pipes. */
  readonly tty: boolean;
  /** Its input stays open for who attaches; otherwise it is empty. */
  readonly stdinOpen: boolean;
}

export interface ContainerRun {
  readonly kind: 'container';
  readonly image: ImageSpec;
  /** `os/arch[/variant]`; absent = the engine's own. */
  readonly platform?: string;
  /** Absent = the image's. */
  readonly entrypoint?: readonly Template[];
  readonly command?: readonly Template[];
  /** A folder inside. Absent = the image's. */
  readonly workingDir?: string;
  /** `user`, `uid`, `user:group` or `uid:gid`. Absent = the image's. */
  readonly user?: string;
  readonly mounts: readonly MountSpec[];
  /** Ports opened on this machine. The gateway and the edges need none of them. */
  readonly publish: readonly PublishedPort[];
  readonly limits: LimitSpec;
  /** A small init as process 1, which passes signals on and reaps. */
  readonly init: boolean;
  /** The image's files cannot be written. */
  readonly readOnly: boolean;
  readonly tty: boolean;
  readonly stdinOpen: boolean;
  /** Name -> address, or `host-gateway` for this machine. */
  readonly extraHosts: readonly (readonly [name: string, address: string])[];
  readonly labels: Readonly<Record<string, string>>;
}

export type PullPolicy = 'missing' | 'always' | 'never';

export type ImageSpec =
  | { readonly kind: 'pull'; readonly name: string; readonly policy: PullPolicy }
  | {
      readonly kind: 'build';
      /** Absolute folder that is sent to the engine. */
      readonly context: string;
      /** Relative to the context, or absolute. */
      readonly dockerfile: string;
      readonly args: Readonly<Record<string, string>>;
      readonly target?: string;
      /** `image` beside `build`: what the result is tagged with, and keeps. */
      readonly tag?: string;
      /** Built without the cache of earlier builds. */
      readonly noCache: boolean;
      /** Its bases are asked for anew. */
      readonly pull: boolean;
    };

export type MountSpec =
  /** A file or folder of this machine. */
  | {
      readonly kind: 'bind';
      readonly source: string;
      readonly target: string;
      readonly readOnly: boolean;
      /** A missing source becomes an empty folder (the short form); otherwise it is an error (the long form). */
      readonly create: boolean;
    }
  /** Kept by the engine until `down -v`. Without a name it lives as long as its container. */
  | { readonly kind: 'volume'; readonly name?: string; readonly target: string; readonly readOnly: boolean }
  | { readonly kind: 'tmpfs'; readonly target: string; readonly sizeBytes?: number; readonly mode?: number };

export interface PublishedPort {
  readonly target: number;
  readonly protocol: 'tcp' | 'udp';
  /** Absent: the engine picks a free one. */
  readonly published?: number;
  readonly hostIp: string;
}

export interface LimitSpec {
  /** In whole CPUs; 0.5 is half of one. */
  readonly cpus?: number;
  readonly memoryBytes?: number;
  readonly pids?: number;
}

/** Keys of the volumes it writes to: of a new container and an old one only one may hold these at a time. */
export function exclusiveVolumes(run: ContainerRun): string[] {
  return run.mounts.flatMap((mount) =>
    mount.kind === 'volume' && mount.name !== undefined && !mount.readOnly ? [mount.name] : [],
  );
}
