/**
 * What `smoke:` says once it is read: checks of a running system, each an action with what is expected of its outcome.
 * Texts may hold `{{name}}`s of captured values; they are filled when the check runs. Plain JSON, frozen.
 */
import type { Command } from './command.ts';
import type { FaultEffects, FaultTarget } from './fault.ts';
import type { ServiceName } from './names.ts';
import type { Place } from './place.ts';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export interface SmokeSpec {
  /** Before the checks, in order; one that fails ends the run. */
  readonly setup: readonly SmokeStep[];
  /** The file's own in order, then those of each service in the file's order. */
  readonly checks: readonly SmokeStep[];
  /** After the checks, whatever came of them. */
  readonly teardown: readonly SmokeStep[];
}

export type SmokeStep = SmokeCheck | SmokeGroup;

/** Checks that run at the same time. */
export interface SmokeGroup {
  readonly kind: 'group';
  readonly name: string;
  readonly parallel: readonly SmokeCheck[];
  readonly place: Place;
}

export interface SmokeCheck {
  readonly kind: 'check';
  /** Unique in the file. */
  readonly name: string;
  /** Whose check it is: relative URLs, queries and log lines are this service's. Absent: the gateway's. */
  readonly service?: ServiceName;
  readonly action: SmokeAction;
  readonly expect: Expectation;
  readonly capture: Readonly<Record<string, Capture>>;
  /** Made again until all expectations hold, for so long. */
  readonly retry?: { readonly timeoutMs: number; readonly intervalMs: number };
  readonly during: readonly Disturbance[];
  readonly withFault: readonly SmokeFault[];
  readonly place: Place;
}

export type SmokeAction =
  | {
      readonly kind: 'request';
      readonly method: string;
      /** A path (with query) at the gateway or the service, or an absolute URL. */
      readonly url: string;
      readonly query: Readonly<Record<string, string>>;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: RequestBody;
      readonly timeoutMs: number;
    }
  /** Read-only SQL on a service's database; the outcome is a JSON list of rows. */
  | { readonly kind: 'query'; readonly service: ServiceName; readonly sql: string }
  /** A line that a service has written since the run began; waited for as long as `retry` says. */
  | {
      readonly kind: 'log';
      readonly service: ServiceName;
      readonly line: Matcher;
      /** It must not have been written. */
      readonly absent: boolean;
    }
  /** Any program; the outcome is its exit code and its standard output. */
  | { readonly kind: 'run'; readonly command: Command; readonly workingDir: string; readonly timeoutMs: number };

export type RequestBody =
  | { readonly kind: 'none' }
  | { readonly kind: 'json'; readonly value: Json }
  | { readonly kind: 'form'; readonly fields: Readonly<Record<string, string>> }
  | { readonly kind: 'text'; readonly text: string };

export interface Expectation {
  /** One of these ranges; empty: anything. */
  readonly status: readonly { readonly from: number; readonly to: number }[];
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, Matcher>>;
  /** A part of the body: maps may hold more, lists have the same length. */
  readonly json?: Json;
  /** JSONPath (RFC 9535) -> what it finds. */
  readonly jsonpath: Readonly<Record<string, Matcher>>;
  /** Of the body, or of a program's standard output, as text. */
  readonly body?: Matcher;
  /** JSON Schema (draft 2020-12) of the body. */
  readonly schema?:
    | { readonly kind: 'inline'; readonly schema: Json }
    | { readonly kind: 'file'; readonly path: string };
  /** The response is one that this service's OpenAPI document has for the request. */
  readonly openapi?: {
    readonly service: ServiceName;
    readonly source: { readonly url: string } | { readonly file: string };
  };
  readonly latency?: { readonly maxMs: number; readonly isVerdict: boolean };
  /** Of a program. */
  readonly exit?: number;
}

/** All that are there must hold. */
export interface Matcher {
  readonly equals?: Json;
  readonly not?: Json;
  /** A part of a text, or an element of a list. */
  readonly contains?: Json;
  /** Regular expression (JavaScript's, with `u`). */
  readonly matches?: string;
  readonly gt?: number;
  readonly gte?: number;
  readonly lt?: number;
  readonly lte?: number;
  /** Elements of a list, characters of a text, keys of a map. */
  readonly count?: number;
  readonly exists?: boolean;
  readonly type?: JsonType;
}

export const JSON_TYPES = ['string', 'number', 'integer', 'boolean', 'array', 'object', 'null'] as const;
export type JsonType = (typeof JSON_TYPES)[number];

export type Capture =
  | { readonly from: 'jsonpath'; readonly path: string }
  | { readonly from: 'header'; readonly name: string }
  /** The first group of the first match in the body, or the whole match. */
  | { readonly from: 'regex'; readonly pattern: string }
  | { readonly from: 'body' }
  | { readonly from: 'status' };

/** What happens to the system while (`restart`, `kill`, `scale`) or before (`stop`) the check is made. */
export type Disturbance =
  | { readonly verb: 'restart' | 'kill' | 'stop'; readonly services: readonly ServiceName[] }
  | { readonly verb: 'scale'; readonly services: readonly ServiceName[]; readonly replicas: number };

/** A fault for as long as the check takes. */
export type SmokeFault = FaultTarget & FaultEffects;

/** Names that every check may use beside what was captured. */
export const SMOKE_VARIABLES = ['gateway', 'run', 'uuid'] as const;

const VARIABLE = /\{\{\s*([A-Za-z_][A-Za-z0-9_-]*)\s*\}\}/g;

/** Names used in `{{...}}`, anywhere in a value. */
export function variablesIn(value: unknown, found = new Set<string>()): Set<string> {
  if (typeof value === 'string') for (const [, name] of value.matchAll(VARIABLE)) found.add(name as string);
  else if (Array.isArray(value)) for (const item of value) variablesIn(item, found);
  else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      variablesIn(key, found);
      variablesIn(item, found);
    }
  }
  return found;
}

/** A text that is nothing but one `{{name}}` becomes the value itself; elsewhere the value's text is put in. */
export function fillVariables<T>(value: T, variables: ReadonlyMap<string, Json>): T {
  if (typeof value === 'string') return fillText(value, variables) as T;
  if (Array.isArray(value)) return value.map((item) => fillVariables(item, variables)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [textOf(fillText(key, variables)), fillVariables(item, variables)]),
  ) as T;
}

function fillText(text: string, variables: ReadonlyMap<string, Json>): Json {
  const whole = /^\{\{\s*([A-Za-z_][A-Za-z0-9_-]*)\s*\}\}$/.exec(text)?.[1];
  if (whole !== undefined) return variables.get(whole) ?? text;
  return text.replace(VARIABLE, (found, name: string) => {
    const value = variables.get(name);
    return value === undefined ? found : textOf(value);
  });
}

function textOf(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

export function checksOf(steps: readonly SmokeStep[]): SmokeCheck[] {
  return steps.flatMap((step) => (step.kind === 'group' ? step.parallel : [step]));
}
