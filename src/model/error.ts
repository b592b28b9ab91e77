/**
 * Every error a person can meet, as data. The kind is the sole source of the exit code; the title opens the
 * reference page. Sentences about one occurrence are made in `src/cli` from `facts`; `message` is for logs.
 */
import type { Place } from './place.ts';

export const EXIT_CODES = {
  service: 1,
  usage: 2,
  spec: 3,
  environment: 4,
  timeout: 5,
  absent: 6,
  internal: 70,
} as const;

export type ErrorKind = keyof typeof EXIT_CODES;

/** Code -> kind and title. Codes are stable: scripts may match on them. */
export const ERRORS = {
  MSVC_NO_CHECKS: { kind: 'spec', title: 'the file has no smoke checks' },
  MSVC_SPEC_INVALID: { kind: 'spec', title: 'msvc.yaml is wrong' },
  MSVC_SPEC_NOT_FOUND: { kind: 'spec', title: 'no msvc.yaml here or in a folder above' },
  MSVC_USAGE: { kind: 'usage', title: 'the command line is wrong' },
  MSVC_FAULT_INVALID: { kind: 'usage', title: 'a fault is not possible as asked for' },
  MSVC_UNKNOWN_EDGE: { kind: 'usage', title: 'no request goes that way' },
  MSVC_UNKNOWN_FAULT: { kind: 'usage', title: 'no such fault' },
  MSVC_EXISTS: { kind: 'usage', title: 'it is there already' },
  MSVC_EDIT_IMPOSSIBLE: { kind: 'spec', title: 'msvc.yaml has a form that msvc cannot add to' },
  MSVC_NO_OPENAPI: { kind: 'service', title: 'a service has no OpenAPI document' },
  MSVC_IMPORT_UNKNOWN: { kind: 'usage', title: 'not a file that can be imported' },
  MSVC_TEMPLATE_NOT_FOUND: { kind: 'usage', title: 'no template of that name' },
  MSVC_TEMPLATE_INVALID: { kind: 'spec', title: 'a template is wrong' },
  MSVC_UNKNOWN_SERVICE: { kind: 'usage', title: 'no service of that name' },
  MSVC_INTERPRETER_MISSING: { kind: 'environment', title: 'a program that a service needs is not installed' },
  MSVC_WORKING_DIR_MISSING: { kind: 'environment', title: 'the folder a service runs in does not exist' },
  MSVC_PORT_TAKEN: { kind: 'environment', title: 'a fixed port is taken by another process' },
  MSVC_NO_FREE_PORT: { kind: 'environment', title: 'no free port in the range' },
  MSVC_STATE_UNWRITABLE: { kind: 'environment', title: 'the .msvc folder cannot be written' },
  MSVC_DISK_FULL: { kind: 'environment', title: 'no space is left on the disk' },
  MSVC_WATCH_LIMIT: { kind: 'environment', title: 'the system lets no more files be watched' },
  MSVC_RUNTIME_DIR_UNSAFE: { kind: 'environment', title: 'the folder for sockets belongs to somebody else' },
  MSVC_FOLDER_IN_USE: { kind: 'environment', title: 'the system of this folder runs under another name' },
  MSVC_ENGINE_START_FAILED: { kind: 'environment', title: 'the engine did not come up' },
  MSVC_ENGINE_VERSION: { kind: 'environment', title: 'the running engine is of another version' },
  MSVC_ENGINE_LOST: { kind: 'service', title: 'the engine went away in the middle of a command' },
  MSVC_NOT_RUNNING: { kind: 'absent', title: 'no such project is running' },
  MSVC_NO_DATABASE: { kind: 'usage', title: 'the service has no database' },
  MSVC_DATABASE_INVALID: { kind: 'service', title: 'the file is not a database' },
  MSVC_DATABASE_BUSY: { kind: 'service', title: 'the database is in use' },
  MSVC_SQLITE_UNAVAILABLE: { kind: 'environment', title: 'the SQLite library cannot be loaded' },
  MSVC_DATABASE_QUERY: { kind: 'service', title: 'a query failed' },
  MSVC_MIGRATION_FAILED: { kind: 'service', title: 'a migration failed' },
  MSVC_MIGRATION_ORDER: { kind: 'service', title: 'a migration is out of order' },
  MSVC_MIGRATION_CHANGED: { kind: 'service', title: 'an applied migration was changed' },
  MSVC_SEED_FAILED: { kind: 'service', title: 'the seed failed' },
  MSVC_HOOK_FAILED: { kind: 'service', title: 'a pre_start command failed' },
  MSVC_CONTAINERS_UNAVAILABLE: { kind: 'environment', title: 'no container engine answers' },
  MSVC_CONTAINERS_REMOTE: { kind: 'environment', title: 'the container engine is on another machine' },
  MSVC_IMAGE_FAILED: { kind: 'service', title: 'an image cannot be had' },
  MSVC_BUILD_FAILED: { kind: 'service', title: 'an image could not be built' },
  MSVC_NETWORK_FAILED: { kind: 'environment', title: 'the network of the containers could not be made' },
  MSVC_VOLUME_MISSING: { kind: 'environment', title: 'an external volume does not exist' },
  MSVC_LAUNCH_FAILED: { kind: 'service', title: 'a service could not be launched' },
  MSVC_SERVICE_FAILED: { kind: 'service', title: 'a service failed' },
  MSVC_DEPENDENCY_FAILED: { kind: 'service', title: 'something a service waits for failed' },
  MSVC_WAIT_TIMEOUT: { kind: 'timeout', title: 'it did not happen in time' },
  MSVC_STOPPING: { kind: 'service', title: 'the system is stopping' },
  MSVC_BUG: { kind: 'internal', title: 'a bug in msvc' },
} as const satisfies Record<string, { kind: ErrorKind; title: string }>;

export type ErrorCode = keyof typeof ERRORS;

export type Facts = Readonly<Record<string, string | number | boolean | null | readonly string[]>>;

/** An error as plain JSON: what events and the control protocol carry. */
export interface ErrorData {
  readonly code: ErrorCode;
  readonly message: string;
  readonly facts: Facts;
  readonly place?: Place;
  readonly hint?: string;
}

/** The command line is more than one bundle, each with a class of its own: they know one another's errors by this. */
const BRAND = Symbol.for('msvc.error');

export class MsvcError extends Error {
  readonly [BRAND] = true;
  readonly code: ErrorCode;
  readonly facts: Facts;
  readonly place: Place | undefined;
  readonly hint: string | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    options: { facts?: Facts; place?: Place | undefined; hint?: string | undefined; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'MsvcError';
    this.code = code;
    this.facts = options.facts ?? {};
    this.place = options.place;
    this.hint = options.hint;
  }

  static fromData(data: ErrorData): MsvcError {
    return new MsvcError(data.code, data.message, { facts: data.facts, place: data.place, hint: data.hint });
  }
}

Object.defineProperty(MsvcError, Symbol.hasInstance, {
  value(this: unknown, value: unknown): boolean {
    if (this !== MsvcError) return Function.prototype[Symbol.hasInstance].call(this, value);
    return typeof value === 'object' && value !== null && BRAND in value;
  },
});

/** Anything thrown, as data; what is not ours is a bug. */
export function errorData(error: unknown): ErrorData {
  if (error instanceof MsvcError) {
    return {
      code: error.code,
      message: error.message,
      facts: error.facts,
      ...(error.place && { place: error.place }),
      ...(error.hint !== undefined && { hint: error.hint }),
    };
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { code: 'MSVC_BUG', message: text, facts: {} };
}

export function exitCodeOf(code: ErrorCode): number {
  return EXIT_CODES[ERRORS[code].kind];
}
