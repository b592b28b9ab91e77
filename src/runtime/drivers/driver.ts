/**
 * How an instance is made to run. One file in this folder a kind (`process`; containers later); the supervisor
 * knows only this interface, so a container is the same thing as a process to every other part.
 */
import type { Exit } from '../../model/instance.ts';
import type { InstanceId, ServiceName } from '../../model/names.ts';
import type { Place } from '../../model/place.ts';
import type { InstanceLog } from '../logs/instance-log.ts';

/** Everything decided once, before the launch. Nothing here is looked up again. */
export interface LaunchRequest {
  readonly instance: InstanceId;
  readonly service: ServiceName;
  readonly replica: number;
  /** What runs, all holes filled. A shell line keeps its `${NAME}`s for the shell. */
  readonly command:
    | { readonly kind: 'shell'; readonly line: string }
    | { readonly kind: 'exec'; readonly argv: readonly string[] };
  readonly workingDir: string;
  /** Complete: nothing is inherited beside it. */
  readonly environment: Readonly<Record<string, string>>;
  readonly log: InstanceLog;
  /** Of the command in msvc.yaml, for errors. */
  readonly place: Place | undefined;
}

export interface Member {
  readonly pid: number;
  /** Command line, at most 200 characters. */
  readonly command: string;
}

export interface Usage {
  /** CPU seconds of the whole group since launch, as far as it can be seen. */
  readonly cpuSeconds: number;
  readonly memoryBytes: number;
}

export interface Running {
  /** Of the group leader. */
  readonly pid: number;
  /** The leader has exited; its children may still drain. Never rejects. */
  readonly exited: Promise<Exit>;
  /** No process of the group is left (a zombie counts as gone). Never rejects. */
  readonly emptied: Promise<void>;
  /** All output that was written before the group emptied has reached the log. */
  readonly drained: Promise<void>;
  /** To the whole group; no effect when it is empty. */
  signal(signal: string): void;
  /** SIGKILL to the group and to whatever carries this instance's marks but left it. @returns the pids. */
  kill(): Promise<readonly number[]>;
  members(): Promise<readonly Member[]>;
  usage(): Promise<Usage | null>;
}

/** What can be checked before there is a log to write to. */
export type Launchable = Omit<LaunchRequest, 'log'>;

export interface Driver {
  readonly kind: 'process' | 'container';
  /**
   * That what a launch needs is there, as far as that can be told beforehand.
   * @throws MsvcError MSVC_INTERPRETER_MISSING, MSVC_WORKING_DIR_MISSING, with `place`
   */
  check(request: Launchable): void;
  /**
   * Resolves once the process exists.
   * @throws MsvcError MSVC_INTERPRETER_MISSING, MSVC_WORKING_DIR_MISSING, MSVC_LAUNCH_FAILED, with `place`
   */
  launch(request: LaunchRequest): Promise<Running>;
}
