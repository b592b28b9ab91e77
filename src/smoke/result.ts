/** What came of a check, as facts: sentences are made where they are printed. */
import type { Place } from '../model/place.ts';
import type { Json } from '../model/smoke.ts';

export type CheckState = 'passed' | 'failed' | 'error' | 'skipped';

export interface CheckResult {
  readonly name: string;
  readonly place: Place;
  /** `failed`: an expectation does not hold. `error`: it could not be made. `skipped`: something before it failed. */
  readonly state: CheckState;
  /** From 1; grows with `--repeat`. */
  readonly round: number;
  readonly tookMs: number;
  /** How often the action was done. */
  readonly attempts: number;
  readonly mismatches: readonly Mismatch[];
  readonly problem: Problem | null;
  /** Slower than `latency`, which is no verdict. */
  readonly slow: { readonly maxMs: number; readonly actualMs: number } | null;
  /** Of the last attempt, or of the one that failed. */
  readonly exchange: Exchange | null;
}

/** One expectation that does not hold. */
export interface Mismatch {
  readonly where:
    | { readonly kind: 'status' | 'exit' | 'latency' | 'body' | 'log' }
    | { readonly kind: 'header'; readonly name: string }
    /** A JSONPath of the place. */
    | { readonly kind: 'json' | 'jsonpath' | 'schema' | 'openapi'; readonly path: string };
  /** The condition's key: `equals`, `matches`, ...; of a schema the keyword; or `not-json`, `length`, `invalid`. */
  readonly rule: string;
  readonly expected: Json;
  /** undefined: nothing is there. */
  readonly actual: Json | undefined;
  /** A library's own words. */
  readonly detail?: string;
}

/** Why an action could not be done. */
export interface Problem {
  readonly kind: 'timeout' | 'connection' | 'launch' | 'system' | 'capture' | 'prior' | 'bail' | 'aborted';
  readonly message: string;
  /** `prior`: the checks whose values are missing. */
  readonly because?: readonly string[];
}

/** What was sent and what came back, for a person to read. Bodies are cut. */
export interface Exchange {
  readonly sent: string;
  readonly received: string;
}

/** Thrown where an action cannot be done. */
export class CheckProblem extends Error {
  constructor(
    readonly problem: Problem,
    readonly exchange: Exchange | null = null,
  ) {
    super(problem.message);
    this.name = 'CheckProblem';
  }
}
