/**
 * One check from its first attempt to its result. While something happens to the system (`during`) it is made again
 * and again and must hold each time; what was done to the system is taken back whatever comes of it.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Disturbance, Expectation, Json, SmokeCheck } from '../model/smoke.ts';
import { fillVariables } from '../model/smoke.ts';
import { perform } from './actions/index.ts';
import { captured } from './capture.ts';
import { mismatches } from './expect/index.ts';
import type { Outcome } from './outcome.ts';
import { CheckProblem, type CheckResult, type Exchange, type Mismatch } from './result.ts';
import type { SystemUnderTest } from './system.ts';

export interface Surroundings {
  readonly system: SystemUnderTest;
  /** What earlier checks have captured, and the names that are always there. */
  readonly variables: ReadonlyMap<string, Json>;
  readonly document: (source: NonNullable<Expectation['openapi']>) => Promise<Json>;
  /** Wall-clock start of the run. */
  readonly sinceMs: number;
  readonly round: number;
  readonly signal: AbortSignal;
}

export interface Checked {
  readonly result: CheckResult;
  readonly captured: ReadonlyMap<string, Json>;
}

/** Between two attempts while something happens: enough for many, little enough not to be a load test. */
const DURING_PAUSE_MS = 10;

export async function runCheck(written: SmokeCheck, around: Surroundings): Promise<Checked> {
  const from = performance.now();
  const filled = fillVariables(
    {
      action: written.action,
      expect: written.expect,
      ...(written.service !== undefined && { service: written.service }),
    },
    around.variables,
  );
  const run = new CheckRun({ ...written, ...filled }, around);
  let values: ReadonlyMap<string, Json> = new Map();
  try {
    values = await run.disturbed();
  } catch (error) {
    run.fail(error);
  }
  return { result: run.result(performance.now() - from), captured: values };
}

class CheckRun {
  #attempts = 0;
  #mismatches: readonly Mismatch[] = [];
  #problem: CheckResult['problem'] = null;
  #slow: CheckResult['slow'] = null;
  #exchange: Exchange | null = null;

  constructor(
    readonly check: SmokeCheck,
    readonly around: Surroundings,
  ) {}

  /** @returns what it captured @throws CheckProblem, or an error of what was to happen to the system */
  async disturbed(): Promise<ReadonlyMap<string, Json>> {
    const { system } = this.around;
    const undo: (() => Promise<void>)[] = [];
    let values: ReadonlyMap<string, Json>;
    try {
      for (const fault of this.check.withFault) undo.push(await system.addFault(fault));
      for (const one of this.check.during.filter(isBefore)) {
        undo.push(() => system.recover(one));
        await system.disturb(one);
      }
      const meanwhile = this.check.during.filter((one) => !isBefore(one));
      for (const one of meanwhile) undo.push(() => system.recover(one));
      values = await this.#whileThat(meanwhile);
    } catch (error) {
      // What was wrong first is told, whatever else goes wrong from here on.
      await undoAll(undo).catch(() => {});
      throw error;
    }
    await undoAll(undo);
    return values;
  }

  async #whileThat(disturbances: readonly Disturbance[]): Promise<ReadonlyMap<string, Json>> {
    if (disturbances.length === 0) return await this.#untilItHolds();
    let isOver = false;
    const happening = (async () => {
      for (const one of disturbances) await this.around.system.disturb(one);
    })().finally(() => {
      isOver = true;
    });
    // Told below; a check that fails first must not leave it unheard.
    happening.catch(() => {});
    try {
      while (!isOver && !this.#hasFailed) {
        await this.#untilItHolds();
        await pause(DURING_PAUSE_MS);
      }
    } finally {
      await happening;
    }
    return this.#hasFailed ? new Map() : await this.#untilItHolds();
  }

  async #untilItHolds(): Promise<ReadonlyMap<string, Json>> {
    const { retry } = this.check;
    const deadline = performance.now() + (retry?.timeoutMs ?? 0);
    for (;;) {
      const last = retry === undefined || performance.now() >= deadline;
      try {
        const outcome = await this.#once();
        if (this.#mismatches.length === 0) return await captured(this.check.capture, outcome);
        if (last) return new Map();
      } catch (error) {
        const isFinal =
          !(error instanceof CheckProblem) || error.problem.kind === 'launch' || this.around.signal.aborted;
        if (last || isFinal) throw error;
      }
      await pause(retry.intervalMs, undefined, { signal: this.around.signal });
    }
  }

  async #once(): Promise<Outcome> {
    const { system, sinceMs, signal, document } = this.around;
    this.#attempts++;
    const outcome = await perform(this.check, system, sinceMs, signal);
    this.#exchange = outcome.exchange;
    this.#mismatches = await mismatches(this.check, outcome, document);
    const { latency } = this.check.expect;
    if (latency && !latency.isVerdict && outcome.tookMs > latency.maxMs) {
      const actualMs = Math.round(outcome.tookMs);
      if (actualMs > (this.#slow?.actualMs ?? 0)) this.#slow = { maxMs: latency.maxMs, actualMs };
    }
    return outcome;
  }

  get #hasFailed(): boolean {
    return this.#mismatches.length > 0;
  }

  fail(error: unknown): void {
    if (error instanceof CheckProblem) {
      this.#problem = error.problem;
      if (error.exchange) this.#exchange = error.exchange;
    } else if (this.around.signal.aborted) {
      this.#problem = { kind: 'aborted', message: 'the run was ended' };
    } else {
      this.#problem = { kind: 'system', message: error instanceof Error ? error.message : String(error) };
    }
  }

  result(tookMs: number): CheckResult {
    const { name, place } = this.check;
    return {
      name,
      place,
      state: this.#problem ? 'error' : this.#hasFailed ? 'failed' : 'passed',
      round: this.around.round,
      tookMs,
      attempts: this.#attempts,
      mismatches: this.#mismatches,
      problem: this.#problem,
      slow: this.#slow,
      exchange: this.#exchange,
    };
  }
}

/** Last first. A step that fails does not keep the others from being taken. @throws the first of their errors */
async function undoAll(steps: readonly (() => Promise<void>)[]): Promise<void> {
  const errors: unknown[] = [];
  for (const step of steps.toReversed()) await step().catch((error: unknown) => errors.push(error));
  if (errors.length > 0) throw errors[0];
}

function isBefore({ verb }: Disturbance): boolean {
  return verb === 'stop';
}
