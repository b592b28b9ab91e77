/**
 * How an instance is made to run. One folder or file a kind (`process`, `container`); the supervisor knows only this
 * interface, so a container is the same thing as a process to every other part.
 */
import type { Exit } from '../../model/instance.ts';
import type { InstanceId, ServiceName } from '../../model/names.ts';
import type { Place } from '../../model/place.ts';
import type { Healthcheck } from '../../model/project.ts';
import type { ContainerRun } from '../../model/run.ts';
import type { InstanceLog } from '../logs/instance-log.ts';
import type { StreamName } from '../logs/line-format.ts';
import type { Stop } from '../until-aborted.ts';

/** All holes filled. A shell line keeps its `${NAME}`s for the shell. */
export type FilledCommand =
  | { readonly kind: 'shell'; readonly line: string }
  | { readonly kind: 'exec'; readonly argv: readonly string[] };

export interface ProcessLaunch {
  readonly kind: 'process';
  readonly command: FilledCommand;
  readonly workingDir: string;
  /** As of `ProcessRun`; absent = false. */
  readonly tty?: boolean;
  readonly stdinOpen?: boolean;
}

export interface ContainerLaunch {
  readonly kind: 'container';
  readonly spec: ContainerRun;
  readonly image: PreparedImage;
  /** Absent = the image's. */
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly workingDir?: string;
  /** Where it listens inside. */
  readonly port: number | null;
  /** Of msvc's own: secrets, the folder of the database. */
  readonly mounts: readonly HostMount[];
  /** Not an occupant of a slot: a hook, or `msvc run`. */
  readonly oneOff: boolean;
}

export interface HostMount {
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
  /** Its files are given to the user that runs inside. */
  readonly owned: boolean;
}

/** What a definition's image turned out to be. */
export interface PreparedImage {
  /** Exactly what was pulled or built: a later build under the same name is another. */
  readonly id: string;
  readonly name: string;
  /** The lowest TCP port it exposes. */
  readonly port: number | null;
  readonly healthcheck: ImageHealthcheck | null;
  readonly stopSignal: string | null;
  readonly user: string;
  /** Its VOLUMEs: paths that the engine keeps outside of the container. */
  readonly volumes: readonly string[];
}

/** A HEALTHCHECK. Absent times were not given by the image. */
export interface ImageHealthcheck {
  readonly command: FilledCommand;
  readonly times: Partial<Omit<Healthcheck, 'probe'>>;
}

/** Everything decided once, before the launch. Nothing here is looked up again. */
export interface LaunchRequest {
  readonly instance: InstanceId;
  readonly service: ServiceName;
  readonly replica: number;
  readonly run: ProcessLaunch | ContainerLaunch;
  /** Complete: nothing is inherited beside it. */
  readonly environment: Readonly<Record<string, string>>;
  readonly log: InstanceLog;
  /** Of the command or image in msvc.yaml, for errors. */
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

/** How an instance's ports are reached from this machine. */
export interface Reach {
  /** To be tried in order; what answered is kept to. */
  readonly hosts: readonly string[];
  /** What stands on `hosts` for a port of the instance's own. */
  portOf(port: number): number;
}

/** How a command inside an instance ended, with the first of what it said. */
export interface Executed {
  readonly exit: Exit;
  readonly said: string;
}

/** What people attach to: the input and the output of an instance with `stdin_open`. */
export interface Stdio {
  /** It has a terminal: what is typed is echoed by it, and it has a size. */
  readonly isTerminal: boolean;
  /** The line that is not complete yet (a prompt), then what comes, until stopped. The bytes are the listener's own. */
  listen(listener: (stream: StreamName, bytes: Buffer) => void): () => void;
  /** Resolves when it may be given more; what is written to an instance that has ended is lost. */
  write(bytes: Buffer): Promise<void>;
  /** No effect without a terminal. */
  resize(columns: number, rows: number): void;
}

export interface Running {
  /** Of the group leader; of a container's process 1 as this machine sees it. */
  readonly pid: number;
  /** Of a container. */
  readonly container?: string;
  readonly reach: Reach;
  /** What its image says of health; null: nothing. */
  readonly healthcheck: ImageHealthcheck | null;
  /** Asks it to stop where the definition names no signal. */
  readonly stopSignal: string;
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
  /** Runs a command inside, until `signal` aborts; absent: it runs as a process of this machine. Rejects when it cannot. */
  execute?(command: FilledCommand, signal: AbortSignal): Promise<Executed>;
  /** Absent: its input is empty. */
  readonly stdio?: Stdio;
  /** Tells when somebody else froze it or let it go on. */
  onPaused?(listener: (paused: boolean) => void): void;
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
   * Resolves once the process exists. What waits for a container engine that is away gives up when `stop` aborts.
   * @throws MsvcError MSVC_INTERPRETER_MISSING, MSVC_WORKING_DIR_MISSING, MSVC_LAUNCH_FAILED, with `place`
   */
  launch(request: LaunchRequest, stop?: Stop): Promise<Running>;
}
