/**
 * What `--json` prints: a contract with programs. Fields are added, never renamed or taken away; what is not known or
 * not there is `null`, never absent. Times are ISO 8601 in UTC with milliseconds, except in events, whose `at` is
 * milliseconds since the epoch.
 *
 * A command that fails prints nothing on standard output that is not already complete; with `--json` its error is one
 * JSON object (`ErrorJson`) on standard error, and the exit code tells the kind.
 */
import type { Diagnostic } from '../model/diagnostic.ts';
import type { ErrorData } from '../model/error.ts';
import type { PlanStep } from '../model/event.ts';
import type { FaultEffects } from '../model/fault.ts';
import type { Phase, ServiceState } from '../model/instance.ts';

/** One element of `msvc ps --json`. */
export interface PsJson {
  readonly service: string;
  /** null: a service that has no instance now (stopped, or it could not start); one such row stands for it. */
  readonly replica: number | null;
  /** The instance's phase; `crash-loop` while it keeps failing; of a service without instances, the service's state. */
  readonly state: Phase | 'crash-loop' | ServiceState;
  /** The service as a whole, e.g. `failing`: the new version does not become ready, the previous one serves. */
  readonly serviceState: ServiceState;
  /** null: it does not run. */
  readonly health: 'healthy' | 'unhealthy' | 'starting' | null;
  /** The leader of the service's own process group. */
  readonly pid: number | null;
  readonly port: number | null;
  /** Where this replica itself answers, around the gateway. */
  readonly url: string | null;
  /** How often it was launched again after it ended by itself. */
  readonly restarts: number;
  readonly startedAt: string | null;
  /** How its last run ended. */
  readonly exitCode: number | null;
  readonly exitSignal: string | null;
  /** Which version of the definition or of its files it runs; grows with each rollout. */
  readonly generation: number | null;
  /** Why it cannot run, or why it is unhealthy. */
  readonly reason: string | null;
  /** Of an instance that msvc did not start (`msvc register`, Consul clients): what it is called. */
  readonly external: string | null;
  /** With `--stats`: the share of one core over a second, 1 = all of it; otherwise null. */
  readonly cpu: number | null;
  /** With `--stats`; otherwise null. */
  readonly memoryBytes: number | null;
  /** It takes requests: ready, and nobody registered in its place. */
  readonly inBalancing: boolean;
}

/** One line of `msvc logs --json`. */
export interface LogJson {
  readonly time: string;
  readonly service: string;
  readonly replica: number;
  /** `msvc`: a line of msvc's own, such as a hook's end. */
  readonly stream: 'stdout' | 'stderr' | 'msvc';
  /** Without its line end; colours stripped. */
  readonly line: string;
  /** As the line says of itself; null when it does not. */
  readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | null;
  /** Of a line of JSON or logfmt; null of plain text. */
  readonly message: string | null;
  readonly fields: Readonly<Record<string, string>> | null;
}

/** One element of `msvc ls --json`. */
export interface LsJson {
  readonly name: string;
  readonly dir: string;
  readonly enginePid: number;
  /** The URL of the gateway; null before it listens. */
  readonly gateway: string | null;
  readonly file: string;
  readonly version: string;
  readonly run: string;
  readonly startedAt: string;
}

/** One element of `msvc routes --json`. */
export interface RouteJson {
  /** Under which it stands in the file. */
  readonly service: string;
  /** Empty = any host. */
  readonly hosts: readonly string[];
  readonly pathType: 'Exact' | 'PathPrefix' | 'RegularExpression';
  readonly path: string;
  readonly method: string | null;
  readonly headers: readonly { readonly type: string; readonly name: string; readonly value: string }[];
  readonly queryParams: readonly { readonly type: string; readonly name: string; readonly value: string }[];
  /** Types of the filters, in order. */
  readonly filters: readonly string[];
  /** Services that share the requests, by weight. */
  readonly backends: readonly { readonly service: string; readonly weight: number }[];
  /** The header that decides which of them. */
  readonly hashOn: string | null;
  /** Who may use it; null = anybody. */
  readonly auth: { readonly provider: string; readonly require: Readonly<Record<string, readonly string[]>> } | null;
  /** Where it stands; null: nobody wrote it. */
  readonly place: { readonly file: string; readonly line: number; readonly column: number } | null;
  /** An address to try; null where the path is a regular expression, or nothing runs. */
  readonly url: string | null;
  /** Instances in balancing. */
  readonly ready: number;
}

/** One element of `msvc edges --json`: one caller and one callee. */
export interface EdgeJson {
  /** A service, or `client` for what comes in at the gateway. */
  readonly caller: string;
  readonly callee: string;
  /** The address through which the caller reaches the callee. */
  readonly url: string | null;
  /** Since the gateway started. */
  readonly total: EdgeNumbers;
  /** In the window that was looked at; null with `--window 0`. */
  readonly recent: EdgeNumbers | null;
  readonly inFlight: number;
  /** Requests that wait for an instance. */
  readonly parked: number;
  /** null: it has none. */
  readonly breaker: 'closed' | 'open' | 'half-open' | null;
  /** Routes with an open circuit of their own. */
  readonly openRoutes: readonly string[];
  /** Ids of the faults in force on it. */
  readonly faults: readonly string[];
  /** Instances of the callee that are passed over. */
  readonly ejected: number;
}

/** `msvc edges --json`: what was counted on an edge. Times in milliseconds. */
export interface EdgeNumbers {
  readonly requests: number;
  readonly perSecond: number | null;
  /** Answers of 500 and above, and requests without any. */
  readonly errors: number;
  readonly retries: number;
  readonly faulted: number;
  /** To the answer's last byte; null without requests. Exact to about 19 %. */
  readonly p50: number | null;
  readonly p90: number | null;
  readonly p99: number | null;
  /** How often each flag was given, by flag (docs/resilience.md). */
  readonly flags: Readonly<Record<string, number>>;
}

/** `msvc routes test --json` */
export interface RouteTestJson {
  readonly method: string;
  readonly host: string;
  /** As routes are matched on it. */
  readonly path: string;
  readonly query: string;
  /** What the gateway answers itself; null: a service gets the request. */
  readonly answer: { readonly status: number; readonly code: string | null; readonly location: string | null } | null;
  /** Path and query as the service sees them. */
  readonly target: string | null;
  /** Index in `routes`; null: none of them. */
  readonly winner: number | null;
  /**
   * Every route, once for each of its hosts. `host` null: any host; `implied`: nobody wrote it, a service answers at
   * its own name; `failing`: conditions that do not hold, `got` null where the request has no such thing, and `auth`
   * where no one answer can be had from the service's routes to who may come; `decidedBy`: where the winner is better.
   */
  readonly routes: readonly {
    readonly service: string;
    readonly backends: readonly { readonly service: string; readonly weight: number }[];
    readonly host: string | null;
    readonly pathType: 'Exact' | 'PathPrefix' | 'RegularExpression';
    readonly path: string;
    readonly method: string | null;
    readonly filters: readonly string[];
    readonly auth: { readonly provider: string; readonly require: Readonly<Record<string, readonly string[]>> } | null;
    readonly place: { readonly file: string; readonly line: number; readonly column: number } | null;
    readonly implied: boolean;
    readonly verdict: 'wins' | 'loses' | 'fails';
    readonly failing: readonly {
      readonly condition: 'host' | 'path' | 'method' | 'header' | 'queryParam' | 'auth';
      readonly name: string | null;
      readonly wanted: string;
      readonly got: string | null;
    }[];
    readonly decidedBy: 'host' | 'path' | 'method' | 'headers' | 'queryParams' | 'order' | null;
  }[];
}

/** One element of `msvc fault ls --json`; what `msvc fault add --json` prints. */
export interface FaultJson extends FaultEffects {
  readonly id: string;
  /** A service, `client` or `*`. */
  readonly caller: string;
  readonly callee: string;
  readonly origin: 'command' | 'file';
  readonly addedAt: string;
  /** null: until it is cleared. */
  readonly endsAt: string | null;
}

/** One element of `msvc env --json`. */
export interface EnvJson {
  readonly name: string;
  /** `***` for secrets. */
  readonly value: string;
  readonly source: string;
}

/** `msvc wait --json`; also when a service failed or the time was over (the error comes on standard error then). */
export interface WaitJson {
  readonly services: readonly {
    readonly service: string;
    readonly state: ServiceState;
    readonly outcome: 'reached' | 'waiting' | 'failed';
    readonly reason: string | null;
  }[];
}

/** `msvc version --json` */
export interface VersionJson {
  readonly version: string;
  /** Of this project's engine; null when it does not run. */
  readonly engine: { readonly version: string; readonly pid: number } | null;
  readonly node: string;
}

/** One element of `msvc doctor --json`. */
export interface CheckJson {
  readonly check: string;
  readonly status: 'ok' | 'warning' | 'problem';
  readonly detail: string;
  readonly hint: string | null;
}

/** `msvc new service --json` */
export interface NewServiceJson {
  readonly service: string;
  readonly template: string;
  /** Absolute. */
  readonly folder: string;
  /** The msvc.yaml that has it now. Absolute. */
  readonly file: string;
  /** Below `folder`, with `/`. */
  readonly files: readonly string[];
  /** null: nobody outside reaches it. */
  readonly route: string | null;
  readonly calls: readonly string[];
  readonly database: boolean;
  /** Its keys in msvc.yaml, as YAML. */
  readonly entry: string;
  /** false: a dry run. */
  readonly written: boolean;
}

/** One element of `msvc new --list --json`. */
export interface TemplateJson {
  readonly name: string;
  readonly summary: string;
  readonly database: 'default' | 'optional' | 'none';
  /** false: a worker. */
  readonly listens: boolean;
  /** Programs that it needs and that are not in the PATH. */
  readonly missing: readonly string[];
  readonly dir: string;
}

/** `msvc init --json` */
export interface InitJson {
  /** The msvc.yaml. Absolute, like all paths here. */
  readonly file: string;
  /** The other tool's file that it was made of. */
  readonly imported: string | null;
  /** The first service, and its folder. */
  readonly service: string | null;
  readonly folder: string | null;
  /** .gitignore has a new entry. */
  readonly ignored: boolean;
  readonly text: string;
  /** false: a dry run. */
  readonly written: boolean;
}

/** `msvc import --json` */
export interface ImportJson {
  /** Absolute. */
  readonly from: string;
  readonly kind: 'compose' | 'procfile' | 'process-compose' | 'mprocs' | 'workspaces';
  /** Absolute. */
  readonly file: string;
  readonly services: readonly string[];
  /** What became of each line that says something. */
  readonly lines: readonly {
    /** 1-based. */
    readonly line: number;
    readonly text: string;
    readonly fate: 'kept' | 'translated' | 'needs-you';
    readonly note: string | null;
  }[];
  /** The msvc.yaml. */
  readonly text: string;
  /** false: a dry run. */
  readonly written: boolean;
}

/** Standard error of a command with `--json` that fails. */
export interface ErrorJson {
  readonly error: ErrorData & { readonly exitCode: number; readonly diagnostics?: readonly Diagnostic[] };
}

/**
 * `msvc up -d --json`; with `--wait`, when it is over, also when a service failed or the time was (the error comes on
 * standard error then). `msvc up --dry-run --json` prints `steps` alone.
 */
export interface UpJson extends WaitJson {
  readonly project: string;
  readonly dir: string;
  readonly gateway: string | null;
  readonly steps: readonly PlanStep[];
  /** What is doubtful in the definition, as `msvc validate --json` tells it. */
  readonly warnings: readonly Diagnostic[];
}

/** `msvc smoke --json` */
export interface SmokeJson {
  readonly project: string;
  readonly gateway: string;
  readonly passed: number;
  readonly failed: number;
  /** Checks that could not be made. */
  readonly errors: number;
  readonly skipped: number;
  /** Of `--shuffle`. */
  readonly seed: number | null;
  readonly totalMs: number;
  /** Until the system was healthy. */
  readonly startMs: number;
  readonly checksMs: number;
  readonly stopMs: number;
  /** Folder with what is known of a failure. */
  readonly report: string | null;
  readonly checks: readonly {
    readonly name: string;
    readonly file: string;
    readonly line: number;
    readonly state: 'passed' | 'failed' | 'error' | 'skipped';
    /** From 1; grows with `--repeat`. 0: setup and teardown. */
    readonly round: number;
    readonly tookMs: number;
    readonly attempts: number;
    /** Why it did not pass, for people. */
    readonly reasons: readonly string[];
    readonly slow: { readonly maxMs: number; readonly actualMs: number } | null;
  }[];
}
