/**
 * A whole run: setup, the checks (in rounds), teardown. One step after the other; the checks of a group side by side.
 * Says what happens as it happens, and gives every result back at the end.
 */
import { randomUUID } from 'node:crypto';
import {
  checksOf,
  type Expectation,
  type Json,
  type SmokeCheck,
  type SmokeSpec,
  type SmokeStep,
} from '../model/smoke.ts';
import { request } from './actions/request.ts';
import { readDocument } from './expect/schema.ts';
import { neededBy, select, shuffled } from './plan.ts';
import { CheckProblem, type CheckResult, type Problem } from './result.ts';
import { runCheck } from './run-check.ts';
import type { SystemUnderTest } from './system.ts';

export interface SuiteOptions {
  readonly only: readonly string[];
  /** After the first check that does not pass the others are skipped. */
  readonly bail: boolean;
  readonly repeat: number;
  /** null: as written. */
  readonly shuffleSeed: number | null;
  readonly signal: AbortSignal;
}

export interface SuiteListener {
  started(check: SmokeCheck, round: number): void;
  finished(result: CheckResult): void;
}

/** @returns results in the order in which they came about */
export async function runSuite(
  spec: SmokeSpec,
  system: SystemUnderTest,
  options: SuiteOptions,
  listener: SuiteListener,
): Promise<CheckResult[]> {
  const suite = new Suite(system, options, listener);
  try {
    await suite.steps(spec.setup, 0);
    if (suite.hasFailed) suite.stop({ kind: 'prior', message: 'setup failed' });
    const steps = select(spec.checks, options.only);
    for (let round = 1; round <= options.repeat; round++) {
      suite.beginRound();
      await suite.steps(options.shuffleSeed === null ? steps : shuffled(steps, options.shuffleSeed + round), round);
    }
  } finally {
    suite.resume();
    await suite.steps(spec.teardown, 0);
  }
  return suite.results;
}

class Suite {
  readonly results: CheckResult[] = [];
  readonly #sinceMs = Date.now();
  readonly #documents = new Map<string, Promise<Json>>();
  #variables = new Map<string, Json>();
  #ofSetup: ReadonlyMap<string, Json> | null = null;
  #stopped: Problem | null = null;

  constructor(
    readonly system: SystemUnderTest,
    readonly options: SuiteOptions,
    readonly listener: SuiteListener,
  ) {
    this.#variables.set('gateway', system.gatewayUrl);
    this.#variables.set('run', randomUUID().slice(0, 8));
  }

  get hasFailed(): boolean {
    return this.results.some(({ state }) => state !== 'passed');
  }

  /** What follows is skipped. */
  stop(problem: Problem): void {
    this.#stopped = problem;
  }

  resume(): void {
    this.#stopped = null;
  }

  /** Captured values of a round are its own; those of the setup are everybody's. */
  beginRound(): void {
    this.#ofSetup ??= new Map(this.#variables);
    this.#variables = new Map(this.#ofSetup);
  }

  async steps(steps: readonly SmokeStep[], round: number): Promise<void> {
    for (const step of steps) {
      const checks = checksOf([step]);
      const found = await Promise.all(checks.map((check) => this.#check(check, round)));
      for (const values of found) for (const [name, value] of values) this.#variables.set(name, value);
      const failed = this.results.slice(-checks.length).some(({ state }) => state === 'failed' || state === 'error');
      if (failed && this.options.bail) this.#stopped ??= { kind: 'bail', message: 'ended at the first failure' };
    }
  }

  async #check(check: SmokeCheck, round: number): Promise<ReadonlyMap<string, Json>> {
    const missing = [...neededBy(check)].filter((name) => !this.#variables.has(name) && name !== 'uuid');
    const reason =
      this.#stopped ??
      (this.options.signal.aborted ? { kind: 'aborted' as const, message: 'the run was ended' } : null) ??
      (missing.length > 0 ? { kind: 'prior' as const, message: 'a value is missing', because: missing } : null);
    if (reason) {
      this.#add(skipped(check, round, reason));
      return new Map();
    }
    this.listener.started(check, round);
    const { result, captured } = await runCheck(check, {
      system: this.system,
      variables: new Map([...this.#variables, ['uuid', randomUUID()]]),
      document: (source) => this.#document(source),
      sinceMs: this.#sinceMs,
      round,
      signal: this.options.signal,
    });
    this.#add(result);
    return captured;
  }

  #add(result: CheckResult): void {
    this.results.push(result);
    this.listener.finished(result);
  }

  /** Read once a run. */
  #document(source: NonNullable<Expectation['openapi']>): Promise<Json> {
    const key = JSON.stringify(source);
    let document = this.#documents.get(key);
    if (!document) {
      document = this.#readDocument(source);
      this.#documents.set(key, document);
    }
    return document;
  }

  async #readDocument({ service, source }: NonNullable<Expectation['openapi']>): Promise<Json> {
    if ('file' in source) return await readDocument(source.file);
    const get = {
      kind: 'request',
      method: 'GET',
      url: source.url,
      query: {},
      headers: {},
      body: { kind: 'none' },
    } as const;
    const { status, body } = await request({ ...get, timeoutMs: 10_000 }, service, this.system, this.options.signal);
    const where = `the OpenAPI document of ${service} at ${source.url}`;
    if (status !== 200) throw new CheckProblem({ kind: 'launch', message: `${where}: status ${status}` });
    try {
      return JSON.parse(body) as Json;
    } catch (error) {
      throw new CheckProblem({ kind: 'launch', message: `${where}: ${(error as Error).message}` });
    }
  }
}

function skipped({ name, place }: SmokeCheck, round: number, problem: Problem): CheckResult {
  return {
    name,
    place,
    state: 'skipped',
    round,
    tookMs: 0,
    attempts: 0,
    mismatches: [],
    problem,
    slow: null,
    exchange: null,
  };
}
